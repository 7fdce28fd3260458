import { AsyncLocalStorage } from 'node:async_hooks'
import { inspect } from 'node:util'
import { App } from '@supabase/lite'
import { PostgresConnection } from '@supabase/lite/postgres'
import type { Keys } from '../keys.ts'
import type { Database } from '../postgres/database.ts'
import { errorOf } from './errors.ts'

/** REST over tables, and auth. */
export interface Lite {
  /** Makes their schemas. */
  prepare(): Promise<void>
  fetch(request: Request): Promise<Response>
  close(): Promise<void>
}

export function createLite(database: Database, { publishableKey, secretKey, jwtSecret }: Keys): Lite {
  const connection = new Connection({ url: database.url, postgresOptions: { max: 4, onnotice() {}, types } })
  const auth = { enabled: true, publishable_key: publishableKey, secret_key: secretKey, jwt_secret: jwtSecret }
  const app = new App({ connection, auth })
  let schema: unknown
  return {
    prepare: () => app.ensureSystemSchema(),
    async fetch(request) {
      const [now] = await database.query('select count(*) as changes from realtime.local_schema_changes')
      if (schema !== now?.changes) await connection.clearSchemaCache()
      schema = now?.changes
      const heard: Heard = { error: undefined }
      const response = await hearing.run(heard, async () => app.fetch(request))
      return heard.error !== undefined && response.status === 500 ? (errorOf(heard.error) ?? response) : response
    },
    close: () => connection.close(),
  }
}

interface Heard {
  error: unknown
}

const hearing = new AsyncLocalStorage<Heard>()

class Connection extends PostgresConnection {
  constructor(options: ConstructorParameters<typeof PostgresConnection>[0]) {
    super(options)
    this.kysely = this.kysely.withPlugin(keepsRights)
  }

  /** Remembers what the database said: not all of it reaches the client as PostgREST would tell it. */
  override normalizeDbError(error: unknown): unknown {
    const heard = hearing.getStore()
    if (heard) heard.error = error
    const normal = super.normalizeDbError(error)
    // It is printed where it is caught, and one line is enough.
    if (normal instanceof Error)
      Object.defineProperty(normal, inspect.custom, { value: () => `REST: ${normal.message}`, configurable: true })
    return normal
  }
}

/** At its first request it would grant everything to everybody, also what a migration had revoked. */
const keepsRights: Parameters<PostgresConnection['kysely']['withPlugin']>[0] = {
  transformQuery: ({ node }) =>
    node.kind === 'RawNode' && /^\s*(grant|alter default privileges)\b/i.test(String(node.sqlFragments))
      ? { ...node, sqlFragments: ['select 1'], parameters: [] }
      : node,
  transformResult: async ({ result }) => result,
}

/** Values as PostgREST has them in JSON, where the driver has them otherwise. */
const types = {
  numeric: { to: 1700, from: [1700], serialize: String, parse: Number },
  timestamp: { to: 1114, from: [1114], serialize: String, parse: (text: string) => text.replace(' ', 'T') },
  timestamptz: { to: 1184, from: [1184], serialize: String, parse: isoOf },
  bytes: { to: 17, from: [17], serialize: String, parse: (text: string) => text },
}

function isoOf(text: string): string {
  return text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')
}
