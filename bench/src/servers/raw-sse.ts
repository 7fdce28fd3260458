import { createServer, type ServerResponse } from 'node:http'
import { eventOf } from '../events.ts'
import { answerCommands } from '../helper.ts'
import { listen } from './listen.ts'
import { loadCommands } from './load.ts'

/** Server-Sent Events by hand: a set of responses, and one write per event and client. */
const clients = new Set<ServerResponse>()
const server = createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  response.write(':\n\n')
  clients.add(response)
  request.on('close', () => clients.delete(response))
})

answerCommands({
  async listen() {
    return [await listen(server)]
  },
  clients: () => [clients.size],
  ...loadCommands(async (index, at) => {
    const text = `data: ${JSON.stringify(eventOf(index, { at }))}\n\n`
    for (const client of clients)
      if (!client.write(text) && clients.size === 1) await new Promise((resolve) => client.once('drain', resolve))
  }),
})
