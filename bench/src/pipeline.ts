import { createSubscriber, type Sink, type TopicLike, type Transport } from '@steadywire/core'
import { eventOf } from './events.ts'
import { compare, type Measured, type Rounds } from './rounds.ts'

const eventCount = 20_000
const stretch = 1000

/** Keeps the engine from leaving out what nobody uses, and tells that nothing was left out. */
export const counter = { seen: 0, sum: 0 }

export function handler(event: { readonly seq: number; readonly data?: unknown }): void {
  if (event.data === undefined) return
  counter.seen++
  counter.sum += event.seq
}

/** Rounds as they are, if every event of both sides reached the handler. */
export async function allSeen(rounds: Rounds, base: () => number, ours: () => number): Promise<Measured> {
  counter.seen = 0
  const result = await compare(rounds, base, ours)
  const sent = 2 * (rounds.warmUp + rounds.count) * eventCount
  if (counter.seen !== sent) throw new Error(`${counter.seen} of ${sent} events reached the handler`)
  return result
}

/** A wire that says what it is given, and nothing else. */
function bareTransport(attached: (sink: Sink) => void): Transport {
  const never = () => new Promise<never>(() => {})
  return {
    name: 'bare',
    capabilities: { positions: true, heads: true, append: false, renew: false },
    async connect() {
      return {
        closed: never(),
        async attach(_topic, _after, sink) {
          attached(sink)
          return { epoch: 'e', oldest: 1, head: 0, through: 0, events: [] }
        },
        read: never,
        async close() {},
      }
    },
  }
}

/** A subscriber with no more than it needs, and the sinks of what it attached. */
export function bareSubscriber() {
  const sinks: Sink[] = []
  return { sinks, subscriber: createSubscriber({ transport: bareTransport((sink) => sinks.push(sink)) }) }
}

/**
 * Feeds the next 20,000 events of one endless stream, a thousand at a time as they would come, so that what is not yet
 * taken stays small; answers ns per event, making them left out.
 */
export function endless<T>(make: (text: string) => T, take: (items: readonly T[]) => void): () => number {
  let last = 0
  return () => {
    let spent = 0
    for (let left = eventCount; left > 0; left -= stretch) {
      const items = Array.from({ length: stretch }, () => make(JSON.stringify(eventOf(++last))))
      const started = performance.now()
      take(items)
      spent += performance.now() - started
    }
    return (spent * 1e6) / eventCount
  }
}

/** The sink of one live subscription that lasts through all rounds, as in an app. */
export async function liveSink(topic: TopicLike): Promise<Sink> {
  const { subscriber, sinks } = bareSubscriber()
  await subscriber.subscribe(topic, { from: 'start', event: handler, gap: failed, error: failed }).ready
  const [sink] = sinks
  if (!sink) throw new Error('nothing was attached')
  return sink
}

function failed(what: unknown): never {
  throw what
}
