import { setTimeout } from 'node:timers/promises'
import { sharedNow } from '../events.ts'
import { answerCommands } from '../helper.ts'
import * as socketio from '../socketio-clients.ts'
import * as sse from '../sse-clients.ts'
import { lostOrRepeated } from '../statistics.ts'

interface Client {
  readonly seqs: number[]
  /** When it saw its first event since `watch`. */
  back: number | undefined
  readonly live: Promise<unknown>
}

/** Whole clients, each with a connection of its own, that note what reaches their handlers. */
const clients: Client[] = []

type Follow = (port: number, seen: sse.Seen, from: 'start') => Promise<unknown>

function open(port: number, follow: Follow): Client {
  const client: Client = {
    seqs: [],
    back: undefined,
    live: follow(
      port,
      ({ seq }) => {
        client.seqs.push(seq)
        client.back ??= sharedNow()
      },
      'start',
    ),
  }
  return client
}

async function openMany(port: number, count: number, follow: Follow): Promise<readonly number[]> {
  for (let left = count; left > 0; left -= 50) {
    const some = Array.from({ length: Math.min(50, left) }, () => open(port, follow))
    await Promise.all(some.map(({ live }) => live))
    clients.push(...some)
  }
  return []
}

answerCommands({
  sse: (port = 0, count = 0) => openMany(port, count, sse.followOurs),
  socketio: (port = 0, count = 0) => openMany(port, count, socketio.followOurs),
  rawSocketio: (port = 0, count = 0) => openMany(port, count, socketio.followRaw),
  /** From here on the first event of each client is awaited. */
  watch() {
    for (const client of clients) client.back = undefined
    return []
  },
  /** When each client saw an event again; those that did not for `ms` are missing. */
  async back(ms = 0) {
    for (let waited = 0; waited < ms && clients.some(({ back }) => back === undefined); waited += 20)
      await setTimeout(20)
    return clients.flatMap(({ back }) => back ?? [])
  },
  /** Events lost or repeated at all clients together, once they had time to get the last one. */
  async faults(last = 0, ms = 0) {
    const behind = () => clients.some(({ seqs }) => (seqs.at(-1) ?? 0) < last)
    for (let waited = 0; waited < ms && behind(); waited += 20) await setTimeout(20)
    return [clients.reduce((sum, { seqs }) => sum + lostOrRepeated(seqs, last), 0)]
  },
})
