import { execFileSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Postgres, startPostgres as start } from '@steadywire/supabase-local/postgres'

export interface PostgresServerOptions {
  /** The folder of its programs. Default: those that npm brought. */
  readonly programs?: string
  /** Settings of postgresql.conf, such as `{ max_connections: '5' }`. */
  readonly config?: Readonly<Record<string, string>>
  /** What its users have to say who they are with. Default: nothing. */
  readonly password?: string
}

/** A server that an operator, or what befalls it, can set back. */
export interface PostgresServer extends Postgres {
  readonly port: number
  /** Copies its files as they are now, while it is killed. */
  backUp(): void
  /** Puts the files of the last backup in the place of what is there now, while it is killed. */
  restore(): void
  /** From the next start on it only follows another server (which is not there), while it is killed. `select pg_promote()` ends that. */
  follow(): void
}

/** Starts a server that asks nobody for a password, unless it is given one. */
export async function startPostgres({
  programs,
  config = {},
  password,
}: PostgresServerOptions = {}): Promise<PostgresServer> {
  const postgres = await start({
    settings: config,
    password: password ?? false,
    ...(programs !== undefined && { programs }),
  })
  const { data } = postgres
  // In its folder, which is removed with it.
  const backup = `${data}-backup`
  return {
    ...postgres,
    port: Number(new URL(postgres.url).port),
    backUp() {
      rmSync(backup, { recursive: true, force: true })
      // With their owner.
      execFileSync('cp', ['-a', data, backup])
    },
    restore() {
      if (!existsSync(backup)) throw new Error('There is no backup: call backUp() first')
      rmSync(data, { recursive: true })
      execFileSync('cp', ['-a', backup, data])
    },
    follow() {
      writeFileSync(join(data, 'standby.signal'), '')
    },
  }
}
