import { startHelper } from '../helper.ts'
import { type Measure, roundsFor } from '../measure.ts'
import { compare } from '../rounds.ts'

const readers = 1000
const events = 100
/** Slow enough that each event is written on its own. */
const eventsPerSecond = 25

export const measure: Measure = async (quick) => ({
  'fanout.cpu': await overWire('sse', quick),
  'socketio.fanout.cpu': await overWire('socketio', quick),
})

async function overWire(wire: string, quick: boolean) {
  const helpers = ['servers/raw-ws.ts', `servers/steadywire-${wire}.ts`, 'clients/crowd.ts'].map(startHelper)
  const [raw, ours, crowd] = helpers
  if (!raw || !ours || !crowd) throw new Error('a helper is missing')
  await crowd.ask('ws', await raw.askOne('listen'), readers)
  await crowd.ask(wire, await ours.askOne('listen'), readers)

  /** Microseconds of the server's CPU per delivery. */
  const through = async (server: typeof raw) => {
    await server.ask('cpuStart')
    await server.ask('pace', events, eventsPerSecond)
    const seen = await crowd.askOne('expect', readers * events)
    if (seen !== readers * events) throw new Error(`${seen} of ${readers * events} deliveries came`)
    return (await server.askOne('cpuMicros')) / (readers * events)
  }
  const found = await compare(
    roundsFor(quick),
    () => through(raw),
    () => through(ours),
  )
  await Promise.all(helpers.map((helper) => helper.end()))
  return found
}
