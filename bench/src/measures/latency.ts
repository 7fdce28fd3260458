import { sharedNow } from '../events.ts'
import { startHelper } from '../helper.ts'
import type { Measure } from '../measure.ts'
import { compareSeveral, measured } from '../rounds.ts'
import { followOurs, followRaw, type Seen } from '../sse-clients.ts'
import { percentile } from '../statistics.ts'

const events = 1000
const perSecond = 1000

export const measure: Measure = async (quick) => {
  const [raw, ours] = [startHelper('servers/raw-sse.ts'), startHelper('servers/tape-sse.ts')]
  const [rawPort, ourPort] = [await raw.askOne('listen'), await ours.askOne('listen')]
  const waits: number[] = []
  let enough = () => {}
  const seen: Seen = ({ data }) => {
    waits.push(sharedNow() - publishedAt(data))
    if (waits.length === events) enough()
  }
  await followRaw(rawPort, seen)
  await followOurs(ourPort, seen)

  const through = async (server: typeof raw) => {
    waits.length = 0
    const done = Promise.withResolvers<void>()
    enough = done.resolve
    await Promise.all([server.ask('pace', events, perSecond), done.promise])
    return [percentile(waits, 0.5), percentile(waits, 0.99)]
  }
  const [p50, p99] = await compareSeveral(
    // One hiccup of the machine is a whole p99: many short rounds, and their medians.
    { count: quick ? 5 : 21, warmUp: 2 },
    () => through(raw),
    () => through(ours),
  )
  return { 'latency.p50': p50 ?? measured(Number.NaN), 'latency.p99': p99 ?? measured(Number.NaN) }
}

function publishedAt(data: unknown): number {
  const at = typeof data === 'object' && data !== null && 'at' in data ? data.at : undefined
  return typeof at === 'number' ? at : Number.NaN
}
