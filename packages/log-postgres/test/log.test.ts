import { defineTopic, isSteadywireError } from '@steadywire/core'
import { createFakeClock } from '@steadywire/core/testing'
import { draft, drafts, readAll, seqsOf, wakes } from '@steadywire/log-trials'
import { expect, it } from 'vitest'
import { handsForTest, logForTest, postgresForTest } from './setup.ts'

it('[E1] data comes back as it was sent, to the last digit, and is sent on as the same text', async () => {
  const server = await postgresForTest()
  const log = logForTest(server)
  const tail: unknown[] = []
  await log.tail('t:1', { wake: (events) => void tail.push(...events.map(({ data }) => data)), lost() {} })
  const half = 'half \ud83d of a character'
  const values = [
    null,
    0,
    -0,
    1e300,
    'a\nb\r\u2028',
    'NUL \0',
    half,
    { '\0': '\ud83d', __proto__: { x: 1 } },
    '☃'.repeat(9000),
  ]
  await log.append(
    't:1',
    values.map((value) => draft(value)),
  )
  await log.append('t:1', [draft('keyed', { key: `k\0${half}`, actor: 'ann' })])
  const again = await log.append('t:1', [draft('keyed', { key: `k\0${half}` })])
  expect(again).toMatchObject([{ position: { seq: values.length + 1 }, duplicate: true }])
  const { events } = await log.read('t:1', { limit: 100 })
  const sent = [...values, 'keyed'].map((value) => JSON.parse(JSON.stringify(value)))
  expect(events.map(({ data }) => data)).toEqual(sent)
  const { pool } = handsForTest(server)
  await pool.query(`select steadywire.append('t:2', 'big', '{"n":123456789012345678901,  "d": 1.50}')`)
  const { rows } = await pool.query(`select data_text from steadywire.events_log where topic = 't:2'`)
  expect(rows).toEqual([{ data_text: '{"n":123456789012345678901,  "d": 1.50}' }])
})

it('[D1c] 10,000 events are one page, and what is too heavy for one is several', { timeout: 60_000 }, async () => {
  const server = await postgresForTest({ config: { fsync: 'off' } })
  const log = logForTest(server, { callDeadlineMs: 20_000 })
  for (let batch = 0; batch < 10; batch++) await log.append('many', drafts(1000, batch * 1000))
  const page = await log.read('many', { limit: 10_000 })
  expect([page.through, page.events.map(({ data }) => data)]).toEqual([
    10_000,
    Array.from({ length: 10_000 }, (_, n) => n),
  ])
  for (let batch = 0; batch < 20; batch++)
    await log.append(
      'heavy',
      Array.from({ length: 10 }, () => draft('x'.repeat(60_000))),
    )
  const heavy = await log.read('heavy', { limit: 10_000 })
  expect(heavy.through).toBe(heavy.events.length)
  expect(heavy.through).toBeLessThan(200)
  expect(seqsOf((await readAll(log, 'heavy')).events)).toEqual(Array.from({ length: 200 }, (_, n) => n + 1))
})

it('an append looks ids and keys up by their whole name, whatever PostgreSQL believes of their table', {
  timeout: 60_000,
}, async () => {
  const server = await postgresForTest({ config: { fsync: 'off', autovacuum: 'off' } })
  const log = logForTest(server, { callDeadlineMs: 20_000 })
  for (let batch = 0; batch < 5; batch++) await log.append('t:1', drafts(1000))
  const client = await handsForTest(server).pool.connect()
  const read = async () => {
    const { rows } = await client.query(
      `select pg_stat_get_xact_tuples_fetched('steadywire.keys_pkey'::regclass)::int as n`,
    )
    return Number(rows[0].n)
  }
  await client.query('begin')
  const before = await read()
  for (let n = 0; n < 20; n++) await client.query(`select steadywire.append('t:1', 't', '1', key => $1)`, [`k${n}`])
  expect((await read()) - before, 'of 5,000').toBeLessThan(100)
  await client.query('rollback')
  client.release()
})

it('[D4g] topics keep what the options and their families say, at once for readers; retain() removes it, and no position comes again', async () => {
  const server = await postgresForTest()
  const short = defineTopic('short:{id}', {}, { retention: { maxEvents: 3 } })
  const log = logForTest(server, { topics: [short], retention: { maxEvents: 5 } })
  const { pool } = handsForTest(server)
  const rowsOf = async () => {
    const { rows } = await pool.query('select topic, count(*)::int as n from steadywire.events group by 1 order by 1')
    return rows.map(({ topic, n }) => [topic, n])
  }
  await log.append('short:1', drafts(8))
  await log.append('other', drafts(8))
  expect(await log.read('short:1', { limit: 100 })).toMatchObject({
    oldest: 6,
    head: 8,
    events: [{ seq: 6 }, { seq: 7 }, { seq: 8 }],
  })
  expect(await log.read('other', { limit: 100 })).toMatchObject({ oldest: 4, head: 8 })
  expect(await rowsOf()).toEqual([
    ['other', 8],
    ['short:1', 8],
  ])
  await log.retain()
  expect(await rowsOf()).toEqual([
    ['other', 5],
    ['short:1', 3],
  ])
  const aging = logForTest(server, { retention: { maxAgeMs: 200 } })
  await aging.append('aging', drafts(2))
  await expect
    .poll(() => aging.read('aging', { limit: 10 }))
    .toMatchObject({ oldest: 3, head: 2, through: 2, events: [] })
  await aging.retain()
  expect(await rowsOf()).toEqual([
    ['other', 5],
    ['short:1', 3],
  ])
  expect((await aging.append('aging', drafts(1)))[0]?.position.seq).toBe(3)
})

it('removes what topics no longer keep by itself, every now and then', async () => {
  const server = await postgresForTest()
  const clock = createFakeClock()
  const log = logForTest(server, { retention: { maxEvents: 1 }, retainEveryMs: 60_000, clock, random: () => 0.5 })
  await log.append('t:1', drafts(5))
  const { pool } = handsForTest(server)
  const count = () => pool.query('select from steadywire.events').then(({ rowCount }) => rowCount)
  await clock.advance(59_000)
  expect(await count()).toBe(5)
  await clock.advance(1000)
  await expect.poll(count).toBe(1)
})

it('[E2b] forgets ids and keys after the window of their table, not before', async () => {
  const server = await postgresForTest()
  const log = logForTest(server)
  const { pool } = handsForTest(server)
  const one = draft('one', { key: 'k' })
  await log.append('t:1', [one])
  await log.retain()
  expect(await log.append('t:1', [one])).toMatchObject([{ duplicate: true }])
  await pool.query(`update steadywire.logs set key_window = '0'`)
  await Promise.all([log.retain(), logForTest(server).retain()])
  expect(await log.append('t:1', [one])).toMatchObject([{ position: { seq: 2 }, duplicate: false }])
})

it('a table of the app is a log under its prefix: appended to, read and followed, by plain inserts too', async () => {
  const server = await postgresForTest()
  const log = logForTest(server)
  const { pool } = handsForTest(server)
  await pool.query(`
    create table messages (id uuid primary key default gen_random_uuid(), room bigint not null, kind text not null, body jsonb not null,
      sent_at timestamptz not null default now());
    insert into messages (room, kind, body) values (1, 'text', '"the first"');
    select steadywire.adopt('messages', name => 'messages', prefix => 'room:', topic_column => 'room', type_column => 'kind',
      data_column => 'body', time_column => 'sent_at', max_bytes => 100)`)
  const tail = await wakes(log, 'room:1')
  expect((await log.append('room:1', [draft('by the log')]))[0]?.position.seq).toBe(2)
  await pool.query(
    `insert into messages (room, kind, body) values (1, 'text', '"by hand"'), (2, 'text', '"elsewhere"'), (1, 'text', '{"n":1}')`,
  )
  const { events } = await log.read('room:1', { limit: 10 })
  expect(events.map(({ seq, data }) => [seq, data])).toEqual([
    [1, 'the first'],
    [2, 'by the log'],
    [3, 'by hand'],
    [4, { n: 1 }],
  ])
  await expect.poll(() => tail.seqs).toEqual([2, 3, 4])
  const outcome = (topic: string, data: unknown) =>
    log.append(topic, [draft(data)]).then(
      () => 'appended',
      (thrown: unknown) => (isSteadywireError(thrown) ? [thrown.kind, thrown.code] : thrown),
    )
  expect(await outcome('room:1', 'x'.repeat(200))).toEqual(['refused', 'too_large'])
  expect(await outcome('room:none', 'x')).toEqual(['refused', 'invalid_draft'])
  expect(await outcome('room:1', 'half \ud83d')).toEqual(['refused', 'invalid_draft'])
  expect(await outcome('elsewhere', 'x')).toBe('appended')
  expect((await log.read('room:1', { limit: 10 })).head).toBe(4)
})
