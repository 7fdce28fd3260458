import { testTransport } from '@steadywire/conformance'
import { afterAll } from 'vitest'
import { supabase } from '../src/index.ts'
import { startDatabase, startEndpoint } from './project.ts'
import { type ProjectSource, sourceIn } from './source.ts'

/** The suite over one of the two feeds. Clients have the publishable key: appending is a backend's business. */
export async function testSupabase(feed: 'changes' | 'broadcast'): Promise<void> {
  const database = await startDatabase()
  afterAll(() => database.close())
  await database.sql('select steadywire.set_broadcast($1, $2)', ['events', feed === 'broadcast' ? 'events' : 'off'])
  let source: ProjectSource | undefined

  testTransport({
    name: `supabase-${feed}`,
    async source() {
      source = sourceIn(database, feed)
      return source
    },
    async setup({ heartbeatMs }) {
      const endpoint = await startEndpoint(database)
      source?.serve(endpoint)
      return {
        port: Number(new URL(endpoint.url).port),
        transport({ port }) {
          const transport = supabase({
            url: `http://127.0.0.1:${port}`,
            key: endpoint.publishableKey,
            heartbeatMs,
            feed,
          })
          return { ...transport, capabilities: { ...transport.capabilities, append: false } }
        },
        close: () => endpoint.close(),
      }
    },
  })
}
