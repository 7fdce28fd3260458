import { createServer } from 'node:http'
import { createGateway, type EventLog } from '@steadywire/server'
import { socketioServer } from '@steadywire/socketio/server'
import { sseHandler, toNode } from '@steadywire/sse/server'
import { Server } from 'socket.io'
import { cuttable } from './cut.ts'
import { listen } from './listen.ts'
import type { Serve } from './stored.ts'

const gatewayOn = (log: EventLog) =>
  createGateway({ log, authorise: 'anyone', limits: { connectionsPerSubject: Number.POSITIVE_INFINITY } })

/** The gateway and its SSE half, as an app would mount them. */
export const serve: Serve = async (log, port, arrived = () => {}) => {
  const gateway = gatewayOn(log)
  const listener = toNode(sseHandler({ gateway }))
  const server = createServer((request, response) => {
    if (request.url?.endsWith('/stream')) arrived()
    void listener(request, response)
  })
  return { cut: cuttable(server), port: await listen(server, port), gateway }
}

/** The gateway and its Socket.IO half. */
export const serveSocketio: Serve = async (log, port, arrived = () => {}) => {
  const gateway = gatewayOn(log)
  const server = createServer()
  const cut = cuttable(server)
  socketioServer(new Server(server), { gateway })
  server.on('upgrade', arrived)
  return { cut, port: await listen(server, port), gateway }
}
