import { sharedNow } from '../events.ts'
import { startHelper } from '../helper.ts'
import type { Measure } from '../measure.ts'
import { compareSeveral, type Measured, measured } from '../rounds.ts'
import * as socketio from '../socketio-clients.ts'
import * as sse from '../sse-clients.ts'
import { percentile } from '../statistics.ts'

const events = 1000
const perSecond = 1000

export const measure: Measure = async (quick) => {
  const [p50, p99] = await waitsOver('sse', sse, quick)
  const [socketioP50, socketioP99] = await waitsOver('socketio', socketio, quick)
  return {
    'latency.p50': p50,
    'latency.p99': p99,
    'socketio.latency.p50': socketioP50,
    'socketio.latency.p99': socketioP99,
  }
}

async function waitsOver(
  wire: string,
  { followOurs, followRaw }: typeof sse | typeof socketio,
  quick: boolean,
): Promise<readonly [Measured, Measured]> {
  const [raw, ours] = [startHelper(`servers/raw-${wire}.ts`), startHelper(`servers/tape-${wire}.ts`)]
  const [rawPort, ourPort] = [await raw.askOne('listen'), await ours.askOne('listen')]
  const waits: number[] = []
  let enough = () => {}
  const seen: sse.Seen = ({ data }) => {
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
  await Promise.all([raw.end(), ours.end()])
  return [p50 ?? measured(Number.NaN), p99 ?? measured(Number.NaN)]
}

function publishedAt(data: unknown): number {
  const at = typeof data === 'object' && data !== null && 'at' in data ? data.at : undefined
  return typeof at === 'number' ? at : Number.NaN
}
