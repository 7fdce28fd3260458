import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { eventOf, sharedNow } from '../events.ts'
import { answerCommands } from '../helper.ts'
import { cuttable } from './cut.ts'
import { listen } from './listen.ts'
import { steadyCommands } from './steady.ts'

/** Bare Socket.IO that recovers connections: what it needs for that is in its memory, and goes with it. */
const arrivals: number[] = []
let io: Server | undefined
let cut = () => {}

async function up(port?: number): Promise<number> {
  const server = createServer()
  cut = cuttable(server)
  io = new Server(server, { connectionStateRecovery: {} })
  server.on('upgrade', () => arrivals.push(sharedNow()))
  return await listen(server, port)
}

answerCommands({
  listen: async (port) => [await up(port)],
  ...steadyCommands((index) => io?.emit('event', eventOf(index))),
  down() {
    cut()
    arrivals.length = 0
    return []
  },
  async again(port) {
    await up(port)
    return [sharedNow()]
  },
  arrivals: () => arrivals,
})
