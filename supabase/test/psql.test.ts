import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PostgresServer } from '@steadywire/postgres-server'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createDatabase, debianPrograms, dumpOf, run, standInForSupabase, startDebian } from './setup.ts'

// Here node_modules has the package, as in a project that installed it.
const root = fileURLToPath(new URL('../..', import.meta.url))

/** What a guide says to type into a terminal, as far as psql is called. */
function commandsOf(guide: string): readonly string[] {
  const text = readFileSync(`${root}/${guide}`, 'utf8')
  return [...text.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = '']) => block).filter((block) => /psql/.test(block))
}

const [apply = '', takeBack = ''] = commandsOf('supabase/README.md')
const [applyWithoutProducts = ''] = commandsOf('docs/supabase.md')

let server: PostgresServer
beforeAll(async () => {
  server = await startDebian()
})
afterAll(() => server?.close())

async function project(name: string): Promise<string> {
  const address = await createDatabase(server, name)
  await standInForSupabase(address)
  return address
}

function type(
  command: string,
  address: string,
): { readonly status: number | null; readonly errors: readonly string[] } {
  const { status, stderr } = spawnSync('sh', ['-c', command], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${debianPrograms()}${delimiter}${process.env.PATH}`, DATABASE_URL: address },
  })
  return { status, errors: stderr.split('\n').filter((line) => /error/i.test(line)) }
}

const well = { status: 0, errors: [] }

async function faultsIn(address: string): Promise<unknown> {
  const client = new pg.Client(address)
  await client.connect()
  try {
    await client.query(`select steadywire.append('any', 't', '1')`)
    return (await client.query(`select * from steadywire.diagnose() where severity <> 'note'`)).rows
  } finally {
    await client.end()
  }
}

it('the commands of the README apply everything, again too, and take it back', async () => {
  const address = await project('all_parts')
  const before = dumpOf(address)
  expect(type(apply, address)).toEqual(well)
  expect(type(apply, address)).toEqual(well)
  expect(await faultsIn(address)).toEqual([])
  await run(address, `insert into realtime_events (organization_id, event_type) values (gen_random_uuid(), 't')`)
  expect(type(takeBack, address)).toEqual(well)
  // The two tables were made, and are the app's now.
  await run(address, 'drop table session_events, realtime_events')
  expect(dumpOf(address)).toBe(before)
})

it('that of the guide leaves the two tables out', async () => {
  const address = await project('without_products')
  expect(type(applyWithoutProducts, address)).toEqual(well)
  expect(await faultsIn(address)).toEqual([])
  await run(address, `do $$ begin assert to_regclass('public.realtime_events') is null; end $$`)
})

it('a file that fails ends it, and says why', async () => {
  const address = await project('hindered')
  await run(address, 'create schema steadywire; create type steadywire.topics as enum ()')
  const { errors } = type(apply, address)
  expect(errors).toEqual([expect.stringContaining('topics.sql')])
})
