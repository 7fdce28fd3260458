import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** One file of SQL, to be applied in one transaction. Applied again it changes nothing. */
export interface Migration {
  /** Its file's name, such as `20261127000001_steadywire_topics.sql`. */
  readonly name: string
  readonly sql: string
}

/** Where the files are: copy them to `supabase/migrations` of your project. */
export const migrationsFolder: string = fileURLToPath(new URL('../migrations/', import.meta.url))

/**
 * The files in their order. `log` is what any PostgreSQL can have; `supabase` is also what belongs to Supabase, each part of which does
 * nothing where its counterpart is missing; `all` is also the two ready-made tables, `session_events` and `realtime_events`.
 */
export function migrations(which: 'log' | 'supabase' | 'all' = 'all'): readonly Migration[] {
  const parts = { log: /_steadywire_/, supabase: /_(steadywire|supabase)_/, all: /./ }
  return readdirSync(migrationsFolder)
    .filter((name) => name.endsWith('.sql') && parts[which].test(name))
    .sort()
    .map((name) => ({ name, sql: readFileSync(`${migrationsFolder}/${name}`, 'utf8') }))
}
