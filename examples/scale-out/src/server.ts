// One server of any number: REDIS_URL=redis://127.0.0.1:6379 PORT=3001 node server.ts
import { createServer } from 'node:http'
import { redisLog } from '@steadywire/log-redis'
import { createGateway } from '@steadywire/server'
import { socketioServer } from '@steadywire/socketio/server'
import { sseHandler, toNode } from '@steadywire/sse/server'
import { Server } from 'socket.io'
import { job } from './job.ts'

const { REDIS_URL = 'redis://127.0.0.1:6379', PORT = '3000' } = process.env

const log = redisLog({ redis: REDIS_URL, topics: [job] })
const gateway = createGateway({ log, authorise: 'anyone' }) // in earnest: jwtAuthoriser({ … })

const server = createServer(toNode(sseHandler({ gateway, basePath: '/events' })))
socketioServer(new Server(server), { gateway })
server.listen(Number(PORT), '127.0.0.1', () => console.log(`listening on ${PORT}`))

// A deployment: clients are told when to come back, spread out, and find another server meanwhile.
process.once('SIGTERM', async () => {
  server.close()
  await gateway.close({ graceMs: 10_000, spreadMs: 5000 })
  await log.close()
  process.exit()
})
