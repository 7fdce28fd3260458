import { startPostgres } from '@steadywire/postgres-server'
import { installPostgresLog } from '../src/index.ts'

/** A server with the log installed. */
export async function postgresWithLog() {
  const server = await startPostgres()
  await installPostgresLog(server.url)
  return server
}
