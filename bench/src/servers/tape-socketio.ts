import { createServer } from 'node:http'
import { createGateway } from '@steadywire/server'
import { socketioServer } from '@steadywire/socketio/server'
import { Server } from 'socket.io'
import { eventOf } from '../events.ts'
import { answerCommands } from '../helper.ts'
import { listen } from './listen.ts'
import { loadCommands } from './load.ts'
import { createTape } from './tape.ts'

const tape = createTape('e')
const server = createServer()
/** A burst is faster than its reader, and bare Socket.IO holds all of it: so here, too. */
const limits = { maxBufferedBytes: Number.POSITIVE_INFINITY }
socketioServer(new Server(server), { gateway: createGateway({ log: tape, authorise: 'anyone', limits }) })

answerCommands({
  listen: async () => [await listen(server)],
  ...loadCommands((index, at) => tape.put(eventOf(index, { at }))),
})
