import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Database, literal } from './postgres/database.ts'

const folder = fileURLToPath(new URL('../sql/', import.meta.url))

/** Makes a database look like a Supabase project's, once. `schemas` adds those of REST and auth, before ours go over them. */
export async function prepareDatabase(database: Database, schemas: () => Promise<void>): Promise<void> {
  const [server] = await database.query(
    `select current_setting('wal_level') as level, current_setting('is_superuser') as super,
       exists (select from pg_roles where rolname = 'supabase_admin') as real`,
  )
  if (server?.real) throw new Error('This is the database of a real Supabase project, which is not to be changed.')
  if (server?.super !== 'on') throw new Error('The database has to be reached as a superuser.')
  if (server?.level !== 'logical')
    throw new Error('The database does not replicate: start PostgreSQL with wal_level=logical.')
  const text = sqlFiles(folder)
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  const mark = `steadywire-supabase ${hash(text)}`
  const [found] = await database.query(
    `select obj_description(oid, 'pg_namespace') as mark from pg_namespace where nspname = 'realtime'`,
  )
  if (found?.mark === mark) return
  await schemas()
  await database.script(`begin; ${text}; comment on schema realtime is ${literal(mark)}; commit`)
}

/** Applies files, and folders' files by name, in order; what was applied before is passed over. */
export async function applyMigrations(database: Database, paths: readonly string[]): Promise<void> {
  for (const file of paths.flatMap(sqlFiles)) {
    const text = readFileSync(file, 'utf8')
    const [known] = await database.query('select from realtime.local_migrations where hash = $1', [hash(text)])
    if (known) continue
    const done = `insert into realtime.local_migrations (hash, name) values (${literal(hash(text))}, ${literal(basename(file))})`
    try {
      await database.script(`begin; ${text}\n; ${done}; commit`)
    } catch (cause) {
      throw new Error(`The migration ${file} failed: ${cause instanceof Error ? cause.message : cause}`, { cause })
    }
  }
}

function sqlFiles(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => join(path, name))
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16)
