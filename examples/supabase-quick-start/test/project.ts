import { join } from 'node:path'
import { migrations, migrationsFolder } from '@steadywire/sql'
import { type Supabase, startSupabase } from '@steadywire/supabase-local'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import pg from 'pg'
import { afterAll } from 'vitest'

const jwtSecret = 'the secret of the projects in these tests, which is long enough'
const prompt = { jwtSecret, pollMs: 0, readyMs: 0, log: false } as const

/** Paths of migrations. */
export function files(which: 'supabase' | 'products'): readonly string[] {
  const general = migrations('supabase').map(({ name }) => name)
  const names = migrations().map(({ name }) => name)
  const wanted = which === 'supabase' ? general : names.filter((name) => !general.includes(name))
  return wanted.map((name) => join(migrationsFolder, name))
}

/** A project for a test file. */
export async function startProject(): Promise<Supabase & { run(sql: string): Promise<pg.QueryResult> }> {
  const project = await startSupabase({ ...prompt, migrations: files('supabase') })
  const owner = new pg.Client(project.databaseUrl)
  await owner.connect()
  afterAll(async () => {
    await owner.end()
    await project.close()
  })
  return { ...project, run: (sql) => owner.query(sql) }
}

/** Applies more migrations to the database of a project. */
export async function migrate({ databaseUrl }: Supabase, more: readonly string[]): Promise<void> {
  await (await startSupabase({ ...prompt, database: databaseUrl, migrations: more })).close()
}

/** What `steadywire.diagnose()` found, without what is only worth to know. */
export function faultsIn({ rows }: pg.QueryResult): readonly unknown[] {
  return rows.filter(({ severity }) => severity !== 'note')
}

/** A client of somebody who signed up, and who that is. */
export async function signedUp(project: Supabase): Promise<{ client: SupabaseClient; userId: string }> {
  const client = createClient(project.url, project.publishableKey, { auth: { persistSession: false } })
  const { data, error } = await client.auth.signUp({
    email: `${crypto.randomUUID()}@example.com`,
    password: 'a good password',
  })
  if (error) throw error
  afterAll(async () => {
    await client.removeAllChannels()
    await client.auth.stopAutoRefresh()
  })
  return { client, userId: data.user?.id ?? '' }
}
