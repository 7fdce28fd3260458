import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { eventOf } from '../events.ts'
import { answerCommands } from '../helper.ts'
import { listen } from './listen.ts'
import { loadCommands } from './load.ts'

/** ws as it is: one `send` per event and client. */
const server = createServer()
const sockets = new WebSocketServer({ server, perMessageDeflate: false })

answerCommands({
  async listen() {
    return [await listen(server)]
  },
  clients: () => [sockets.clients.size],
  ...loadCommands((index, at) => {
    const text = JSON.stringify(eventOf(index, { at }))
    for (const client of sockets.clients) client.send(text)
  }),
  /** Whoever comes from now on is sent so many events, one by one. */
  fill(count = 0) {
    const events = Array.from({ length: count }, (_, index) => eventOf(index + 1))
    sockets.on('connection', (client) => {
      for (const event of events) client.send(JSON.stringify(event))
    })
    return []
  },
})
