import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@supabase/supabase-js'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { startPostgres, startSupabase } from '../src/index.ts'
import { connectDatabase } from '../src/postgres/database.ts'
import { prepareDatabase } from '../src/prepare.ts'
import { connect, listen, ready, rows, startForTest, useDatabase, waiting } from './setup.ts'

useDatabase(
  'create table notes (id int4 primary key, text text)',
  'alter publication supabase_realtime add table notes',
)

const index = fileURLToPath(new URL('../src/index.ts', import.meta.url))
const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url))

it('closing ends what it started, and leaves no slot in the database', async () => {
  const watcher = await startForTest()
  const slots = async () => (await watcher.sql('select slot_name from pg_replication_slots')).length
  const before = await slots()
  const supabase = await startSupabase({ database: watcher.databaseUrl, log: false, pollMs: 0, readyMs: 0 })
  const heard = listen((await connect(supabase)).channel('a'), { table: 'notes' })
  await ready(heard)
  expect(await slots()).toBe(before + 2)
  await supabase.close()
  await vi.waitFor(async () => expect(await slots()).toBe(before), waiting)
  await expect(fetch(supabase.url)).rejects.toThrow()
  await supabase.close()
})

it('starts again on the same database and port, with what it had', async () => {
  const one = await startForTest({ jwtSecret: 'a secret of ours' })
  const port = Number(new URL(one.url).port)
  await one.sql(`insert into notes values (1, 'kept')`)
  const heard = listen((await connect(one)).channel('a'), { table: 'notes' })
  await ready(heard)
  await one.close()
  const two = await startForTest({ port, jwtSecret: 'a secret of ours' })
  expect([two.url, two.jwtSecret]).toEqual([one.url, one.jwtSecret])
  const client = await connect(two, { sub: 'somebody' })
  expect((await client.from('notes').select().throwOnError()).data).toEqual([{ id: 1, text: 'kept' }])
  expect(await two.sql('select auth.uid() is null as nobody')).toEqual([{ nobody: true }])
})

it('two at one database do not disturb each other', async () => {
  const [one, two] = [await startForTest(), await startForTest()]
  const heard = await Promise.all(
    [one, two].map(async (supabase) => listen((await connect(supabase)).channel('a'), { table: 'notes' })),
  )
  await Promise.all(heard.map((each) => ready(each)))
  await one.sql(`insert into notes values (2, 'both')`)
  for (const each of heard) await vi.waitFor(() => expect(rows(each)).toEqual([{ id: 2, text: 'both' }]), waiting)
})

describe('migrations', () => {
  const folder = () => {
    const path = mkdtempSync(join(tmpdir(), 'steadywire-migrations-'))
    onTestFinished(() => rmSync(path, { recursive: true }))
    return path
  }

  it('are applied in order, and once', async () => {
    const path = folder()
    mkdirSync(join(path, 'all'))
    writeFileSync(join(path, 'all/2.sql'), 'alter table ordered add column b int4')
    writeFileSync(join(path, 'all/1.sql'), 'create table ordered (a int4 primary key) -- no end')
    writeFileSync(join(path, 'all/readme.md'), 'not SQL')
    writeFileSync(join(path, 'last.sql'), 'insert into ordered values (1, 2);')
    const migrations = [join(path, 'all'), join(path, 'last.sql')]
    const one = await startForTest({ migrations })
    expect(await one.sql('select * from ordered')).toEqual([{ a: 1, b: 2 }])
    const two = await startForTest({ migrations })
    expect(await two.sql('select * from ordered')).toEqual([{ a: 1, b: 2 }])
  })

  it('one that fails is named, and leaves nothing', async () => {
    const file = join(folder(), 'wrong.sql')
    writeFileSync(file, 'create table half (id int4); select nonsense;')
    await expect(startForTest({ migrations: [file] })).rejects.toThrow(
      `The migration ${file} failed: column "nonsense" does not exist`,
    )
    const supabase = await startForTest()
    expect(await supabase.sql(`select to_regclass('half') as half`)).toEqual([{ half: null }])
  })
})

it.each([
  [{ level: 'replica', super: 'on', real: false }, 'start PostgreSQL with wal_level=logical'],
  [{ level: 'logical', super: 'off', real: false }, 'as a superuser'],
  [{ level: 'logical', super: 'on', real: true }, 'the database of a real Supabase project'],
])('a database of which it is told %o is refused', async (told, message) => {
  const database = connectDatabase('postgres://nowhere')
  onTestFinished(() => database.close())
  const prepared = prepareDatabase({ ...database, query: async () => [told] }, async () => {})
  await expect(prepared).rejects.toThrow(message)
})

it('several may start on a new database at once', async () => {
  const watcher = await startForTest()
  await watcher.sql('create database fresh')
  const database = Object.assign(new URL(watcher.databaseUrl), { pathname: '/fresh' }).href
  const all = await Promise.all([1, 2, 3].map(() => startForTest({ database })))
  await all[0]?.sql('create table one (id int4 primary key)')
  const client = await connect(all[2] ?? watcher)
  expect((await client.from('one').select().throwOnError()).data).toEqual([])
})

it('the same secret has the same keys', async () => {
  const [one, two, other] = [
    await startForTest({ jwtSecret: 'a' }),
    await startForTest({ jwtSecret: 'a' }),
    await startForTest(),
  ]
  expect([two.publishableKey, two.secretKey]).toEqual([one.publishableKey, one.secretKey])
  expect(other.secretKey).not.toBe(one.secretKey)
  expect(one.publishableKey).toMatch(/^sb_publishable_/)
})

it('says once that it is for development and tests only', async () => {
  const lines: string[] = []
  await startForTest({ log: (line) => void lines.push(line) })
  await startForTest({ log: (line) => void lines.push(line) })
  expect(lines).toEqual([expect.stringContaining('for development and tests only')])
})

it('goes on when its database was killed and came back', async () => {
  const postgres = await startPostgres()
  onTestFinished(() => postgres.close())
  const supabase = await startForTest({ database: postgres.url })
  await supabase.sql('create table kept (id int4 primary key)')
  await supabase.sql('alter publication supabase_realtime add table kept')
  const client = await connect(supabase)
  const heard = listen(client.channel('a'), { table: 'kept' })
  await ready(heard)
  await supabase.sql('insert into kept values (1)')
  await vi.waitFor(() => expect(rows(heard)).toEqual([{ id: 1 }]), waiting)
  await postgres.kill()
  await expect(supabase.sql('select 1')).rejects.toThrow()
  await postgres.start()
  await ready(heard, 2)
  await client.from('kept').insert({ id: 2 }).throwOnError()
  await vi.waitFor(() => expect(rows(heard)).toEqual([{ id: 1 }, { id: 2 }]), waiting)
  expect(await supabase.sql('select id from kept order by id')).toEqual([{ id: 1 }, { id: 2 }])
  expect(heard.statuses).toEqual(['SUBSCRIBED'])
})

/** Runs Node in a process of its own, in which `DATABASE_URL` is this one, or nothing. */
function run(args: readonly string[], database?: string) {
  const child = spawn(process.execPath, ['--conditions=@steadywire/source', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, DATABASE_URL: database, PORT: '0' },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

describe('a PostgreSQL of its own', () => {
  const start = (then: string) =>
    run([
      '--input-type=module',
      '--eval',
      `const { startSupabase } = await import(${JSON.stringify(index)})
       const supabase = await startSupabase({ log: false })
       const [{ folder }] = await supabase.sql('show data_directory').then((rows) => rows.map((row) => ({ folder: row.data_directory })))
       process.stdout.write(folder + '\\n')
       ${then}`,
    ])

  const gone = (folder: string) => vi.waitFor(() => expect(existsSync(folder)).toBe(false), waiting)

  it('is gone after closing, and the process may end', async () => {
    const child = start('await supabase.close()')
    const [line] = await once(child.stdout, 'data')
    expect(await once(child, 'exit')).toEqual([0, null])
    await gone(String(line).trim())
  })

  it.each(['process.exit(3)', `process.kill(process.pid, 'SIGKILL')`])('is gone after %s', async (end) => {
    const child = start(end)
    const [line] = await once(child.stdout, 'data')
    await once(child, 'exit')
    await gone(String(line).trim())
  })
})

describe('from the command line', { timeout: 60_000 }, () => {
  /** Answers what it says of itself, once it says how to end it. */
  async function runCommand(database?: string) {
    const child = run([cli], database)
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    await vi.waitFor(() => expect(output).toContain('Ctrl-C'), { timeout: 30_000 })
    return { child, told: (name: string) => new RegExp(`^ *${name} +(\\S+)$`, 'm').exec(output)?.[1] ?? '' }
  }

  async function pressCtrlC(child: ReturnType<typeof run>) {
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([0, null])
  }

  it('runs until Ctrl-C', async () => {
    const { child, told } = await runCommand()
    const response = await fetch(`${told('url')}/rest/v1/`, { headers: { apikey: told('secret key') } })
    expect(response.status).toBe(200)
    expect(told('database')).toMatch(/^postgres:/)
    await pressCtrlC(child)
  })

  it('takes the database that DATABASE_URL names, whose data and server stay', async () => {
    const postgres = await startPostgres()
    onTestFinished(() => postgres.close())
    const database = connectDatabase(postgres.url)
    onTestFinished(() => database.close())
    await database.query('create table notes (id int4 primary key)')
    for (const id of [1, 2]) {
      const { child, told } = await runCommand(postgres.url)
      expect(told('database')).toBe(postgres.url)
      const client = createClient(told('url'), told('secret key'))
      await client.from('notes').insert({ id }).throwOnError()
      // The migrations beside it are applied there, too.
      const event = { id: `e${id}`, type: 'note', data: String(id) }
      await client.rpc('steadywire_append', { topic: 'any', drafts: [event] }).throwOnError()
      await pressCtrlC(child)
    }
    expect(await database.query('select id from notes order by id')).toEqual([{ id: 1 }, { id: 2 }])
    expect(await database.query('select seq, id from steadywire.events order by seq')).toEqual([
      { seq: '1', id: 'e1' },
      { seq: '2', id: 'e2' },
    ])
    await vi.waitFor(async () => expect(await database.query('select from pg_replication_slots')).toEqual([]), waiting)
  })
})
