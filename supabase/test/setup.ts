import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findDebianPrograms, type PostgresServer, startPostgres } from '@steadywire/postgres-server'
import pg from 'pg'
import { migrations } from '../src/index.ts'

const standIn = readFileSync(fileURLToPath(new URL('./stand-in.sql', import.meta.url)), 'utf8')

/** Debian's: it has the extensions that Supabase has. */
export function debianPrograms(): string {
  const programs = findDebianPrograms()
  if (programs === undefined) throw new Error('There is no PostgreSQL of Debian: npm test says how to get one')
  return programs.bin
}

/** `pg_cron` works in the database `retention` only. */
export function startDebian(): Promise<PostgresServer> {
  return startPostgres({
    programs: debianPrograms(),
    config: {
      shared_preload_libraries: 'pg_cron',
      'cron.database_name': 'retention',
      'cron.host': '127.0.0.1',
      track_commit_timestamp: 'on',
      fsync: 'off',
    },
  })
}

export function addressOf(server: PostgresServer, database: string): string {
  return server.url.replace(/\/postgres$/, `/${database}`)
}

/** A new database; with `like`, a copy of that one. */
export async function createDatabase(server: PostgresServer, name: string, like = 'template0'): Promise<string> {
  await run(server.url, `create database ${name} template ${like}`)
  return addressOf(server, name)
}

/** Makes a database look like a Supabase project's. */
export function standInForSupabase(address: string): Promise<void> {
  return run(address, standIn)
}

/** Each file in a transaction of its own, as the Supabase CLI and `psql -1 -f` do. */
export async function applyMigrations(address: string, files = migrations()): Promise<void> {
  for (const { name, sql } of files)
    await run(address, `begin; set local client_min_messages = 'error'; ${sql}; commit`).catch((cause: unknown) => {
      throw new Error(`${name}: ${cause instanceof Error ? cause.message : cause}`, { cause })
    })
}

export async function run(address: string, sql: string): Promise<void> {
  const client = new pg.Client(address)
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** What a file prints. */
export function psql(address: string, file: string): string {
  const args = ['-X', '-q', '-A', '-t', '-d', address, '-f', file]
  return execFileSync(join(debianPrograms(), 'psql'), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

export function dumpOf(address: string): string {
  const text = execFileSync(join(debianPrograms(), 'pg_dump'), ['--schema-only', '-d', address], {
    encoding: 'utf8',
  })
  // A word by chance, against SQL in names.
  return text.replace(/^\\(un)?restrict .*\n/gm, '')
}
