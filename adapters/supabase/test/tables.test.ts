import { randomUUID } from 'node:crypto'
import { createClient } from '@supabase/supabase-js'
import { expect, it } from 'vitest'
import { eventTable } from '../src/index.ts'
import { databaseForFile, read, subscriberFor } from './aids.ts'

interface SignalRow {
  readonly id: string
  readonly organization_id: string
  readonly event_type: string
  readonly entity_type: string | null
  readonly entity_id: string | null
  readonly payload: unknown
  readonly created_at: string
  readonly created_by: string | null
  readonly dedupe_key: string | null
}

const signals = eventTable<SignalRow>()({
  table: 'realtime_events',
  topic: 'org:{organization_id}',
  columns: {
    type: 'event_type',
    data: 'payload',
    key: 'dedupe_key',
    entityType: 'entity_type',
    entityId: 'entity_id',
    actor: 'created_by',
  },
})

const database = await databaseForFile()
await database.sql('create table public.organization_members (organization_id uuid, user_id text)')
await database.sql(`create or replace function steadywire.may_read_organization(topic text) returns boolean language sql stable security definer as $$
  select exists (select from public.organization_members m where 'org:' || m.organization_id = topic and m.user_id = steadywire.caller())
$$`)
await database.sql(`
  create function public.everybody(topic text) returns boolean language sql as 'select true';
  grant execute on function public.everybody to anon, authenticated`)
const wait = { timeout: 10_000 }

async function organisation(...members: readonly string[]): Promise<string> {
  const id = randomUUID()
  for (const member of members)
    await database.sql('insert into public.organization_members values ($1, $2)', [id, member])
  return id
}

it('rows that a product inserts as ever are events; a dedupe_key that is known makes none', async () => {
  const endpoint = await database.endpoint()
  const org = await organisation('ann')
  const worker = createClient(endpoint.url, endpoint.secretKey, { auth: { persistSession: false } })
  const reading = read(subscriberFor(endpoint, { tables: [signals] }), `org:${org}`)
  await reading.subscription.ready
  const row = {
    organization_id: org,
    event_type: 'job.updated',
    entity_type: 'job',
    entity_id: '7',
    created_by: 'worker',
  }
  for (const more of [
    { payload: { n: 1 } },
    { payload: { n: 2 }, dedupe_key: 'v2' },
    { payload: { n: 3 }, dedupe_key: 'v2' },
  ])
    expect(await worker.from('realtime_events').insert({ ...row, ...more })).toMatchObject({ error: null })
  await expect.poll(() => reading.seqs(), wait).toEqual([1, 2])
  const event = { type: 'job.updated', entity: { type: 'job', id: '7' }, actor: 'worker' }
  expect(reading.events).toMatchObject([
    { ...event, data: { n: 1 } },
    { ...event, data: { n: 2 }, key: 'v2' },
  ])
})

it('[E1b] whatever JSON a row has comes as it is, live and replayed alike', async () => {
  const endpoint = await database.endpoint()
  const org = await organisation('ann')
  const first = read(subscriberFor(endpoint, { tables: [signals] }), `org:${org}`)
  await first.subscription.ready
  const payloads = [{ n: 1 }, { text: '5' }, [1, 'two'], 'a text', '5', '{"a":1}', '"x"', 'null', 7, true, null]
  for (const payload of payloads)
    await database.sql(
      `insert into public.realtime_events (organization_id, event_type, payload) values ($1, 'job.updated', $2::text::jsonb)`,
      [org, JSON.stringify(payload)],
    )
  await expect.poll(() => first.events.map(({ data }) => data), wait).toEqual(payloads)
  const second = read(subscriberFor(endpoint, { tables: [signals] }), `org:${org}`)
  await expect.poll(() => second.events, wait).toEqual(first.events)
})

it('[D10a] another organisation shows nothing of the old one', async () => {
  const endpoint = await database.endpoint()
  const [ours, theirs] = [await organisation('ann'), await organisation('ben')]
  const subscriber = subscriberFor(endpoint, { tables: [signals] })
  const [mine, foreign] = [read(subscriber, `org:${ours}`), read(subscriber, `org:${theirs}`)]
  await mine.subscription.ready
  await expect.poll(() => foreign.subscription.status, wait).toBe('refused')
  const insert = (org: string) =>
    database.sql(
      `insert into public.realtime_events (organization_id, event_type, payload) values ($1, 'job.created', '{}')`,
      [org],
    )
  await insert(ours)
  await insert(theirs)
  await expect.poll(() => mine.seqs(), wait).toEqual([1])
  await subscriber.changeIdentity({ subject: 'ben', token: endpoint.token({ sub: 'ben' }) })
  await insert(ours)
  await insert(theirs)
  await expect.poll(() => foreign.seqs(), wait).toEqual([1, 2])
  await expect.poll(() => mine.subscription.status, wait).toBe('refused')
  expect(mine.seqs()).toEqual([1])
})

it('numbers that JavaScript rounds are not passed on: a table with large ids', async () => {
  await database.sql(`
    create table public.readings (
      id bigint primary key, meter bigint not null, kind text not null, value jsonb, created_at timestamptz not null default now(), about text, about_id bigint);
    alter table public.readings enable row level security;
    create policy everybody on public.readings for select to anon, authenticated using (true);
    grant select on public.readings to anon, authenticated;
    select steadywire.adopt('public.readings', name => 'readings', prefix => 'meter:', topic_column => 'meter', type_column => 'kind',
      data_column => 'value', entity_type_column => 'about', entity_id_column => 'about_id', may_read => 'public.everybody(text)')`)
  const endpoint = await database.endpoint()
  const readings = eventTable()({
    table: 'readings',
    topic: 'meter:{meter}',
    columns: { type: 'kind', data: 'value', entityType: 'about', entityId: 'about_id' },
  })
  const reading = read(subscriberFor(endpoint, { tables: [readings] }), 'meter:9007199254740993')
  await reading.subscription.ready
  await database.sql(
    `insert into public.readings values (9007199254740993, 9007199254740993, 'read', '{"v": 1}', now(), 'meter', 9007199254740995)`,
  )
  await database.sql(`insert into public.readings values (7, 9007199254740993, 'read', '{"v": 2}', now(), 'meter', 8)`)
  await expect
    .poll(() => reading.events.map(({ id, entity, data }) => [id, entity?.id, data]), wait)
    .toEqual([
      ['9007199254740993', '9007199254740995', { v: 1 }],
      ['7', '8', { v: 2 }],
    ])
})

it.each(['changes', 'broadcast'] as const)(
  'texts that say nothing, and numbers that have several texts, make the same event live and replayed (%s)',
  async (feed) => {
    const table = `prices_${feed}`
    await database.sql(`
      create table public.${table} (id numeric primary key, shop text, type text, data jsonb, created_at timestamptz not null default now(),
        dedupe_key text, about text, about_id numeric(10, 2), changed_by text);
      alter table public.${table} enable row level security;
      create policy everybody on public.${table} for select to anon, authenticated using (true);
      grant select on public.${table} to anon, authenticated;
      select steadywire.adopt('public.${table}', name => '${table}', prefix => '${feed}:', topic_column => 'shop', key_column => 'dedupe_key',
        entity_type_column => 'about', entity_id_column => 'about_id', actor_column => 'changed_by', may_read => 'public.everybody(text)');
      select steadywire.set_broadcast('${table}', '${feed === 'broadcast' ? 'events' : 'off'}')`)
    const endpoint = await database.endpoint()
    const prices = eventTable()({
      table,
      topic: `${feed}:{shop}`,
      columns: { key: 'dedupe_key', entityType: 'about', entityId: 'about_id', actor: 'changed_by' },
    })
    const follow = () => read(subscriberFor(endpoint, { feed, tables: [prices] }), `${feed}:a`)
    const live = follow()
    await live.subscription.ready
    for (const row of [
      `1.50, 'price', 1.50, '', ''`,
      `2.00, 'price', 2.00, '', ''`,
      `3, '', 3, '', 'ann'`,
      `4, 'price', null, 'k', ''`,
    ])
      await database.sql(
        `insert into public.${table} (id, about, about_id, dedupe_key, changed_by, shop, type, data) values (${row}, 'a', 't', '{}')`,
      )
    await expect
      .poll(() => live.events.map(({ id, entity, key, actor }) => ({ id, entity, key, actor })), wait)
      .toEqual([
        { id: '1.5', entity: { type: 'price', id: '1.5' } },
        { id: '2', entity: { type: 'price', id: '2' } },
        { id: '3', actor: 'ann' },
        { id: '4', entity: { type: 'price' }, key: 'k' },
      ])
    const replayed = follow()
    await expect.poll(() => replayed.events, wait).toEqual(live.events)
  },
)

it.each([['session'], ['session:{a}:{b}'], ['{a}:x']])(
  'a topic that names no single column is refused: %s',
  (topic) => {
    expect(() => eventTable()({ table: 't', topic: topic as `${string}{${string}}` })).toThrow(
      expect.objectContaining({ code: 'invalid_option' }),
    )
  },
)
