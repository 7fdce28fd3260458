import { migrations } from '@steadywire/sql'
import pg from 'pg'
import { configOf, type PostgresLike } from './config.ts'
import { toLogError } from './postgres-error.ts'

/**
 * Installs the tables and functions of the log, in the schema `steadywire`; brings an older version up to date; changes nothing where all
 * is there. The role must own the database or have the right to create in it. With Supabase apply the migrations of `@steadywire/sql`
 * instead.
 *
 * @example
 * await installPostgresLog('postgres://localhost/app')
 */
export async function installPostgresLog(postgres: PostgresLike): Promise<void> {
  const client = new pg.Client(configOf(postgres))
  // What breaks the connection fails the query, and need not be told twice.
  client.on('error', () => {})
  try {
    await client.connect()
    // Several servers may start at once.
    await client.query(
      `begin; set local client_min_messages = 'warning'; select pg_advisory_xact_lock(hashtext('steadywire.install'))`,
    )
    for (const { sql } of migrations('log')) await client.query(sql)
    await client.query('commit')
  } catch (thrown) {
    throw toLogError('Installing the log', thrown)
  } finally {
    await client.end().catch(() => {})
  }
}
