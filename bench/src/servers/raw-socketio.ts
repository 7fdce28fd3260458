import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { eventOf } from '../events.ts'
import { answerCommands } from '../helper.ts'
import { listen } from './listen.ts'
import { loadCommands } from './load.ts'

/** Bare Socket.IO: one emit to all per event. */
const server = createServer()
const io = new Server(server)

answerCommands({
  listen: async () => [await listen(server)],
  ...loadCommands((index, at) => io.emit('event', eventOf(index, { at }))),
})
