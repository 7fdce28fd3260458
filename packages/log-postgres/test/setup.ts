import { type PostgresServer, type PostgresServerOptions, startPostgres } from '@steadywire/postgres-server'
import { onTestFinished } from 'vitest'
import { installPostgresLog, type PostgresLog, type PostgresLogOptions, postgresLog } from '../src/index.ts'
import { handsOn } from './hands.ts'

/** A server with the log installed. */
export async function postgresWithLog(options?: PostgresServerOptions): Promise<PostgresServer> {
  const server = await startPostgres(options)
  await installPostgresLog(server.url)
  return server
}

/** The same, for one test. */
export async function postgresForTest(options?: PostgresServerOptions): Promise<PostgresServer> {
  const server = await postgresWithLog(options)
  onTestFinished(() => server.close())
  return server
}

/** A log for one test; deadlines are short, so that what hangs is soon found out. */
export function logForTest(server: { readonly url: string }, options: Partial<PostgresLogOptions> = {}): PostgresLog {
  const log = postgresLog({ postgres: server.url, callDeadlineMs: 3000, report: () => {}, ...options })
  onTestFinished(() => log.close())
  return log
}

export function handsForTest(server: { readonly url: string }): ReturnType<typeof handsOn> {
  const hands = handsOn(server.url)
  onTestFinished(() => hands.close())
  return hands
}
