import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { PostgresServer } from '@steadywire/postgres-server'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { migrations } from '../src/index.ts'
import { applyMigrations, createDatabase, standInForSupabase, startDebian } from './setup.ts'

const readme = readFileSync(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8')
const examples = [...readme.matchAll(/^```sql\n(.*?)^```/gms)].map(([, sql = '']) => sql)

let server: PostgresServer
let client: pg.Client

beforeAll(async () => {
  server = await startDebian()
  const address = await createDatabase(server, 'readme')
  await standInForSupabase(address)
  await applyMigrations(address, migrations('supabase'))
  client = new pg.Client(address)
  await client.connect()
})
afterAll(async () => {
  await client?.end()
  await server?.close()
})

const ann = '00000000-0000-4000-8000-00000000000a'

async function asAnn(sql: string): Promise<unknown> {
  await client.query('begin')
  await client.query(`select set_config('request.jwt.claims', $1, true), set_config('role', 'authenticated', true)`, [
    JSON.stringify({ sub: ann }),
  ])
  const { rows } = await client.query(sql)
  await client.query('rollback')
  return rows[0]?.answer
}

it('its examples work, one after the other, and do what they say', async () => {
  const found: unknown[] = []
  for (const sql of examples) {
    await client.query(sql)
    if (sql.includes('tell_of_job')) {
      await client.query(`insert into team_members values ('7', $1)`, [ann])
      found.push(await asAnn(`select steadywire_read('team:7') as answer`))
    }
    if (sql.includes('may_read_room')) {
      await client.query('insert into room_members values (1, $1)', [ann])
      await client.query(
        `insert into messages (room_id, kind, body) values (1, 'text', '"the second"'), (2, 'text', '"elsewhere"')`,
      )
      found.push(await asAnn(`select steadywire_read('room:1') as answer`))
      found.push(await asAnn(`select steadywire_heads('{room:1,room:2}') as answer`))
    }
  }
  expect(found).toMatchObject([
    {
      events: [
        { type: 'note.added' },
        { type: 'job.updated', data: { state: 'created' }, entity: { type: 'job', id: 'abc' } },
      ],
    },
    {
      events: [
        { seq: 1, data: 'the first' },
        { seq: 2, data: 'the second' },
      ],
    },
    { heads: { 'room:1': { head: 2 } } },
  ])
  expect(await asAnn(`select steadywire_heads('{room:1,room:2}') as answer`)).not.toHaveProperty(['heads', 'room:2'])
})

it('every file that is applied stands in its table', () => {
  for (const { name } of migrations()) {
    const [, group, part] = /^\d+_([a-z]+)_(.*)\.sql$/.exec(name) ?? []
    expect(readme).toMatch(new RegExp(`_${group}_${part}\`|\`_${part}\``))
  }
})
