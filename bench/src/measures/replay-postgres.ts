import { startHelper } from '../helper.ts'
import { type Measure, roundsFor } from '../measure.ts'
import { compare } from '../rounds.ts'
import { replayOurs } from '../sse-clients.ts'

const events = 10_000

/** From "subscribe" to the last handler, over PostgreSQL, gateway and SSE; against a bare paged read of the same from a table. */
export const measure: Measure = async (quick) => {
  const server = startHelper('servers/postgres-sse.ts')
  const port = await server.askOne('listen')
  await server.ask('fill', events)
  const ours = () => replayOurs(port, events)
  return { 'replay.postgres': await compare(roundsFor(quick, 2), () => server.askOne('readBare', events), ours) }
}
