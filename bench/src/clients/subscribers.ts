import { setTimeout } from 'node:timers/promises'
import type { Subscriber } from '@steadywire/core'
import { sharedNow } from '../events.ts'
import { answerCommands } from '../helper.ts'
import { followOurs } from '../sse-clients.ts'
import { lostOrRepeated } from '../statistics.ts'

interface Client {
  readonly seqs: number[]
  /** When it saw its first event since `watch`. */
  back: number | undefined
  readonly subscriber: Promise<Subscriber>
}

/** Whole subscribers, each with a connection of its own, that note what reaches their handlers. */
const clients: Client[] = []

function open(port: number): Client {
  const client: Client = {
    seqs: [],
    back: undefined,
    subscriber: followOurs(
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

answerCommands({
  async open(port = 0, count = 0) {
    for (let left = count; left > 0; left -= 50) {
      const some = Array.from({ length: Math.min(50, left) }, () => open(port))
      await Promise.all(some.map(({ subscriber }) => subscriber))
      clients.push(...some)
    }
    return []
  },
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
