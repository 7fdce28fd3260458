import { setTimeout } from 'node:timers/promises'
import { memoryLog } from '@steadywire/server'
import { dataOf, idOf, sharedNow, topic } from '../events.ts'
import { answerCommands } from '../helper.ts'
import { loadCommands } from './load.ts'
import { type Serving, serve } from './steadywire.ts'

const log = memoryLog({ retention: {} })
const arrivals: number[] = []
let serving: Serving | undefined
let published = 0
let steady = false

async function append(index: number, extra?: { readonly at: number }): Promise<void> {
  await log.append(topic, [{ id: idOf(index), type: 'terminal', data: dataOf(index, extra) }])
}

async function up(port?: number): Promise<number> {
  serving = await serve(log, port, ({ url }) => {
    if (url?.endsWith('/stream')) arrivals.push(sharedNow())
  })
  return serving.port
}

answerCommands({
  listen: async (port) => [await up(port)],
  clients: () => [serving?.gateway.stats().readers ?? 0],
  ...loadCommands((index, at) => append(index, { at })),

  async fill(count = 0) {
    for (let index = 1; index <= count; index++) await append(index)
    return []
  },

  /** So many events per second, whether anybody is there or not, until `rest`. */
  steady(rate = 1) {
    steady = true
    const go = async () => {
      for (; steady; await setTimeout(1000 / rate)) await append(++published)
    }
    void go()
    return []
  },
  /** Answers how many there were. */
  rest() {
    steady = false
    return [published]
  },
  /** As if the process had died: sockets are cut, and nothing is said. The log is kept, as a database would. */
  async down() {
    serving?.server.close()
    serving?.server.closeAllConnections()
    await serving?.gateway.close({ graceMs: 0 })
    arrivals.length = 0
    return []
  },
  /** Up again; answers since when. */
  async again(port) {
    await up(port)
    return [sharedNow()]
  },
  /** When streams were asked for since `down`. */
  arrivals: () => arrivals,
})
