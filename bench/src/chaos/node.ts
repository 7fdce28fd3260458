// One of the servers: a gateway over the log that all of them share.
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { redisLog } from '@steadywire/log-redis'
import { createGateway } from '@steadywire/server'
import { socketioServer } from '@steadywire/socketio/server'
import { sseHandler, toNode } from '@steadywire/sse/server'
import { Server } from 'socket.io'
import { answerCommands } from '../helper.ts'
import { heapInUse } from '../process.ts'
import { listen } from '../servers/listen.ts'
import { retention } from './scene.ts'

const sockets = new Set<Socket>()

answerCommands({
  async serve(redisPort = 0) {
    const log = redisLog({ redis: { host: '127.0.0.1', port: redisPort }, retention })
    const limits = { connectionsPerSubject: Number.POSITIVE_INFINITY, readsPerSecond: Number.POSITIVE_INFINITY }
    const gateway = createGateway({ log, authorise: 'anyone', heartbeatMs: 5000, limits, observe() {} })
    const events = toNode(sseHandler({ gateway, basePath: '/events' }))
    const server = createServer((request, response) => void events(request, response))
    server.on('connection', (socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
    socketioServer(new Server(server), { gateway })
    return [await listen(server)]
  },
  /** Resets a share of all connections, in percent. */
  cut(percent = 0) {
    for (const socket of sockets) if (Math.random() * 100 < percent) socket.resetAndDestroy()
    return []
  },
  heap: async () => [await heapInUse()],
})
