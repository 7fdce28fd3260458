import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createGateway, type EventLog } from '@steadywire/server'
import { socketioServer } from '@steadywire/socketio/server'
import { sseHandler, toNode } from '@steadywire/sse/server'
import { Server } from 'socket.io'

export interface EventServer {
  readonly port: number
  /** Ends as in a crash: nobody is told, and what it knew of its clients is gone. The log stays. */
  crash(): Promise<void>
  close(): Promise<void>
}

/** One gateway over a log, reached by SSE and by Socket.IO, also by pages of these origins. */
export async function startEventServer(log: EventLog, origins: readonly string[]): Promise<EventServer> {
  const gateway = createGateway({ log, authorise: 'anyone', heartbeatMs: 5000 })
  const server = createServer(toNode(sseHandler({ gateway, basePath: '/events', cors: { origins } })))
  const io = new Server(server, {
    cors: { origin: [...origins] },
    // A browser opens a WebSocket to anywhere: only the server can turn other pages away.
    allowRequest: ({ headers: { origin } }, answer) => answer(null, origin === undefined || origins.includes(origin)),
  })
  socketioServer(io, { gateway })
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    port: (server.address() as AddressInfo).port,
    async crash() {
      server.close()
      for (const socket of sockets) socket.resetAndDestroy()
      await gateway.close({ graceMs: 0 })
    },
    async close() {
      await gateway.close({ graceMs: 0 })
      server.close()
      server.closeAllConnections()
    },
  }
}
