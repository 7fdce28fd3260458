import { App } from '@supabase/lite'
import { PostgresConnection } from '@supabase/lite/postgres'
import type { Keys } from './keys.ts'

/** REST and auth. */
export interface Api {
  /** Makes their schemas. */
  prepare(): Promise<void>
  fetch(request: Request): Promise<Response>
  close(): Promise<void>
}

export function createApi(url: string, { publishableKey, secretKey, jwtSecret }: Keys): Api {
  const connection = new PostgresConnection({ url, postgresOptions: { max: 4, onnotice: () => {} } })
  const app = new App({
    connection,
    auth: { enabled: true, publishable_key: publishableKey, secret_key: secretKey, jwt_secret: jwtSecret },
  })
  return {
    prepare: () => app.ensureSystemSchema(),
    fetch: async (request) => app.fetch(request),
    close: () => connection.close(),
  }
}
