import { startHelper } from '../helper.ts'
import { type Measure, roundsFor } from '../measure.ts'
import { compare } from '../rounds.ts'
import { followOurs, followRaw } from '../socketio-clients.ts'
import type { Seen } from '../sse-clients.ts'

const events = 50_000
/** So many are published in one turn of the server's event loop. */
const perTurn = 10

export const measure: Measure = async (quick) => {
  const [raw, ours] = [startHelper('servers/raw-socketio.ts'), startHelper('servers/tape-socketio.ts')]
  const [rawPort, ourPort] = [await raw.askOne('listen'), await ours.askOne('listen')]
  const counter = { seen: (_event: Parameters<Seen>[0]) => {} }
  await followRaw(rawPort, (event) => counter.seen(event))
  await followOurs(ourPort, (event) => counter.seen(event))

  /** Events per second, from the order to publish to the last handler. */
  const through = async (server: typeof raw) => {
    const done = Promise.withResolvers<void>()
    let left = events
    counter.seen = () => {
      if (--left === 0) done.resolve()
    }
    const started = performance.now()
    await Promise.all([server.ask('burst', events, perTurn), done.promise])
    return (events * 1000) / (performance.now() - started)
  }
  return {
    'socketio.throughput': await compare(
      roundsFor(quick),
      () => through(raw),
      () => through(ours),
    ),
  }
}
