import { startHelper } from '../helper.ts'
import { type Measure, roundsFor } from '../measure.ts'
import { compare } from '../rounds.ts'

const connections = 1000

export const measure: Measure = async (quick) => ({
  'memory.server': await compare(
    roundsFor(quick, 0),
    () => perConnection('servers/raw-sse.ts', 'rawSse'),
    () => perConnection('servers/steadywire-sse.ts', 'sse'),
  ),
})

/** KiB of heap, on a server that had some connections before. */
async function perConnection(file: string, kind: string): Promise<number> {
  const [server, crowd] = [startHelper(file), startHelper('clients/crowd.ts')]
  const port = await server.askOne('listen')
  await crowd.ask(kind, port, 50)
  const before = await server.askOne('heap')
  await crowd.ask(kind, port, connections)
  const after = await server.askOne('heap')
  const open = await server.askOne('clients')
  await Promise.all([server.end(), crowd.end()])
  if (open !== connections + 50) throw new Error(`${open} connections were open`)
  return (after - before) / 1024 / connections
}
