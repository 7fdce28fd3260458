import { randomUUID } from 'node:crypto'
import { createEmitter } from '@steadywire/core'
import { draft, failureOf, wakes } from '@steadywire/log-trials'
import { migrations } from '@steadywire/sql'
import pg from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { handsForTest, logForTest, postgresForTest } from './setup.ts'

const organization = randomUUID()
const session = randomUUID()
const [org, watched] = [`org:${organization}`, `session:${session}`]

/** The two tables as products have them, with a row each from before they became logs. */
const before = `
  create table coding_sessions (id uuid primary key, user_id uuid not null);
  create table session_events (id uuid primary key default gen_random_uuid(), session_id uuid not null references coding_sessions (id) on delete cascade,
    event_type text not null, event_data jsonb, created_at timestamptz not null default now());
  create table realtime_events (id uuid primary key default gen_random_uuid(), organization_id uuid not null, event_type text not null,
    entity_type text, entity_id text, payload jsonb, created_at timestamptz not null default now(), created_by text, dedupe_key text);
  insert into coding_sessions values ('${session}', gen_random_uuid());
  insert into session_events (session_id, event_type, event_data) values ('${session}', 'thinking', '{"iteration":1}');
  insert into realtime_events (organization_id, event_type, entity_type, entity_id, payload, created_by, dedupe_key)
  values ('${organization}', 'job.created', 'job', '7', '{"version":1}', 'ann', '7:1');`

async function products(tables: string) {
  const server = await postgresForTest({ config: { fsync: 'off' } })
  const { pool } = handsForTest(server)
  await pool.query(tables)
  for (const { sql } of migrations()) await pool.query(`set client_min_messages = warning; ${sql}`)
  return { pool, log: logForTest(server), other: logForTest(server) }
}

it('session_events that is there is appended to and read, beside what it had and plain inserts', async () => {
  const { pool, log, other } = await products(before)
  const tail = await wakes(other, watched)
  // The table has no columns for what else an event may carry: it is kept without them.
  const appended = draft({ command: 'ls' }, { type: 'terminal', key: 'k', actor: 'ann', entity: { type: 'file' } })
  expect(await log.append(watched, [appended])).toMatchObject([{ position: { seq: 2 }, duplicate: false }])
  expect(await other.append(watched, [{ ...appended, id: randomUUID() }])).toMatchObject([
    { position: { seq: 2 }, duplicate: true },
  ])
  await pool.query(
    `insert into session_events (session_id, event_type, event_data) values ($1, 'completion', '{"ok":true}')`,
    [session],
  )
  const { events } = await log.read(watched, { limit: 10 })
  expect(events.map(({ seq, type, data }) => [seq, type, data])).toEqual([
    [1, 'thinking', { iteration: 1 }],
    [2, 'terminal', { command: 'ls' }],
    [3, 'completion', { ok: true }],
  ])
  expect(events[1]).not.toHaveProperty('key')
  await expect.poll(() => tail.seqs).toEqual([2, 3])
  expect((await failureOf(log.append(`session:${randomUUID()}`, [draft(1)]))).error).toMatchObject({
    kind: 'refused',
    code: 'invalid_draft',
  })
})

it.each([
  ['is there', before, 1],
  ['the migrations made', '', 0],
])(
  'realtime_events that %s keeps entity, key and actor in its own columns, and a key whoever inserted it',
  async (_, tables, had) => {
    const { pool, log, other } = await products(tables)
    const tail = await wakes(other, org)
    const about = { type: 'job', id: '7' }
    const appended = draft({ version: 2 }, { type: 'job.updated', entity: about, key: '7:2', actor: 'ben' })
    expect(await log.append(org, [appended])).toMatchObject([{ position: { seq: had + 1 }, duplicate: false }])
    const { rows } = await pool.query(
      `select event_type, entity_type, entity_id, payload, created_by, dedupe_key from realtime_events where event_id = $1`,
      [appended.id],
    )
    expect(rows).toEqual([
      {
        event_type: 'job.updated',
        entity_type: 'job',
        entity_id: '7',
        payload: { version: 2 },
        created_by: 'ben',
        dedupe_key: '7:2',
      },
    ])
    const insert = (version: number) =>
      pool.query(
        `insert into realtime_events (organization_id, event_type, entity_type, entity_id, payload, created_by, dedupe_key)
         values ($1, 'job.updated', 'job', '7', $2, 'ann', $3)`,
        [organization, { version }, `7:${version}`],
      )
    expect((await insert(2)).rowCount, 'the log has this key').toBe(0)
    await insert(3)
    const repeat = draft({ version: 3 }, { type: 'job.updated', key: '7:3' })
    expect(await other.append(org, [repeat])).toMatchObject([{ position: { seq: had + 2 }, duplicate: true }])
    const { events } = await other.read(org, { limit: 10 })
    expect(events.slice(had)).toMatchObject([
      { seq: had + 1, id: appended.id, data: { version: 2 }, entity: about, key: '7:2', actor: 'ben' },
      { seq: had + 2, data: { version: 3 }, entity: about, key: '7:3', actor: 'ann' },
    ])
    if (had) expect(events[0]).toMatchObject({ seq: 1, data: { version: 1 }, entity: about, key: '7:1', actor: 'ann' })
    await expect.poll(() => tail.seqs).toEqual([had + 1, had + 2])
  },
)

it('[E5] realtime_events holds 2,048 bytes of data and not one more, whoever appends', async () => {
  const { pool, log } = await products('')
  const pad = (bytes: number) => ({ pad: 'é'.repeat((bytes - '{"pad":""}'.length) / 2) })
  expect(await log.append(org, [draft(pad(2048))])).toMatchObject([{ position: { seq: 1 } }])
  expect((await failureOf(log.append(org, [draft(pad(2050))]))).error).toMatchObject({
    kind: 'refused',
    code: 'too_large',
    topic: org,
  })
  // Who emits to a topic by its name alone has no cap of 2,048 bytes, and is told by the table.
  const emitter = createEmitter({ to: log })
  onTestFinished(() => emitter.close())
  await expect(emitter.emit(org, 'job.updated', pad(2050))).rejects.toMatchObject({ code: 'too_large' })
  const insert = (payload: unknown) =>
    pool.query(`insert into realtime_events (organization_id, event_type, payload) values ($1, 't', $2)`, [
      organization,
      payload,
    ])
  await expect(insert(pad(2050))).rejects.toBeInstanceOf(pg.DatabaseError)
  await insert(pad(2048))
  expect((await log.read(org, { limit: 10 })).head, 'what was refused took no position').toBe(2)
})
