import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createTcpProxy } from '@steadywire/conformance/faults'
import { appendForSure, draft, drafts, failureOf, seqsOf, wakes } from '@steadywire/log-trials'
import { startPostgres } from '@steadywire/postgres-server'
import pg from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { installPostgresLog, postgresLog } from '../src/index.ts'
import { handsForTest, logForTest, postgresForTest } from './setup.ts'

it('[E2] a PostgreSQL that hangs is given up at the deadline; a retry is answered with what it did after all', {
  timeout: 30_000,
}, async () => {
  const server = await postgresForTest()
  const log = logForTest(server, { callDeadlineMs: 800 })
  const tail = await wakes(log, 't:1')
  await log.append('t:1', drafts(3))
  await expect.poll(() => tail.seqs).toEqual([1, 2, 3])
  server.pause()
  const one = draft('one')
  const failures = await Promise.all([
    failureOf(log.append('t:1', [one])),
    failureOf(log.read('t:1', { limit: 10 })),
    failureOf(log.tail('t:2', { wake() {}, lost() {} })),
  ])
  for (const { error, ms } of failures) {
    expect([error.kind, error.code]).toEqual(['retry', 'deadline'])
    expect(error.hint).toContain('may still happen')
    expect(ms).toBeLessThan(3000)
  }
  const heard = tail.wakes
  server.resume()
  const [answer] = await appendForSure(log, 't:1', [one])
  expect(answer?.position.seq).toBe(4)
  expect((await log.read('t:1', { limit: 10 })).head).toBe(4)
  await expect.poll(() => tail.wakes, { timeout: 10_000 }).toBeGreaterThan(heard)
  await log.append('t:1', drafts(1))
  await expect.poll(() => tail.seqs).toContain(5)
})

for (const end of ['commit', 'rollback'])
  it(`[D1f] a transaction that holds a position: others wait and are told, readers see neither a hole nor what is after it, until ${end}`, {
    timeout: 30_000,
  }, async () => {
    const server = await postgresForTest()
    const log = logForTest(server, { callDeadlineMs: 800 })
    await log.append('t:1', drafts(2))
    const client = await handsForTest(server).pool.connect()
    await client.query('begin')
    await client.query(`select steadywire.append('t:1', 'held', '1', id => 'held')`)
    const waiting = draft('waiting')
    const { error, ms } = await failureOf(log.append('t:1', [waiting]))
    expect([error.kind, error.code]).toEqual(['retry', 'deadline'])
    expect(error.hint).toContain('Another transaction appends')
    expect(ms).toBeLessThan(3000)
    const held = await log.read('t:1', { limit: 10 })
    expect([held.head, held.through, seqsOf(held.events)]).toEqual([2, 2, [1, 2]])
    expect((await log.append('t:2', drafts(1)))[0]?.position.seq, 'other topics go on').toBe(1)
    const tail = await wakes(log, 't:1')
    const [answers] = await Promise.all([appendForSure(log, 't:1', [waiting]), client.query(end)])
    client.release()
    const kept = end === 'commit' ? ['held', waiting.id] : [waiting.id]
    expect(answers[0]).toMatchObject({ position: { seq: 2 + kept.length }, duplicate: false })
    const after = await log.read('t:1', { limit: 10 })
    expect(after.events.slice(2).map(({ id }) => id)).toEqual(kept)
    expect(seqsOf(after.events)).toEqual(after.events.map((_, index) => index + 1))
    await expect.poll(() => tail.seqs).toEqual(kept.map((_, index) => 3 + index))
  })

it('an event commits together with the change that it tells of, or not at all', async () => {
  const server = await postgresForTest()
  const log = logForTest(server)
  const { pool } = handsForTest(server)
  await pool.query('create table notes (id integer primary key, text text)')
  const tail = await wakes(log, 'notes')
  const client = await pool.connect()
  for (const [id, end] of [
    [1, 'commit'],
    [2, 'rollback'],
    [3, 'commit'],
  ] as const) {
    await client.query('begin')
    await client.query('insert into notes values ($1, $2)', [id, 'text'])
    await client.query(`select steadywire.append('notes', 'note.added', json_build_object('id', $1::integer))`, [id])
    await client.query(end)
  }
  client.release()
  const { events } = await log.read('notes', { limit: 10 })
  expect(events.map(({ seq, data }) => [seq, data])).toEqual([
    [1, { id: 1 }],
    [2, { id: 3 }],
  ])
  await expect.poll(() => tail.seqs).toEqual([1, 2])
})

it('[E2] a line that breaks in the middle of an append leaves its outcome unknown, and a retry finds out', async () => {
  const server = await postgresForTest()
  const proxy = await createTcpProxy()
  onTestFinished(() => proxy.close())
  proxy.target(server.port)
  const log = logForTest({ url: server.url.replace(String(server.port), String(proxy.port)) })
  await log.append('t:1', drafts(1))
  for (const round of [1, 2, 3, 4, 5]) {
    const batch = drafts(3)
    const broken = failureOf(log.append('t:1', batch))
    proxy.reset()
    expect((await broken).error).toMatchObject({ kind: 'retry', code: 'unavailable' })
    const answers = await appendForSure(log, 't:1', batch)
    expect(answers.map(({ position }) => position.seq)).toEqual([0, 1, 2].map((n) => round * 3 - 1 + n))
  }
  expect((await log.read('t:1', { limit: 100 })).events.length).toBe(16)
})

it("a pool that is used up fails calls at the deadline, with a hint; the app's own pool serves the log, and is left open", {
  timeout: 30_000,
}, async () => {
  const server = await postgresForTest({ password: 'p@ss/word' })
  const address = new URL(server.url)
  const pool = new pg.Pool({
    host: address.hostname,
    port: server.port,
    user: 'postgres',
    password: 'p@ss/word',
    database: 'postgres',
    max: 1,
  })
  onTestFinished(() => pool.end())
  const log = postgresLog({ postgres: pool, callDeadlineMs: 800, report: () => {} })
  const tail = await wakes(log, 't:1')
  await log.append('t:1', drafts(1))
  await expect.poll(() => tail.seqs).toEqual([1])
  const client = await pool.connect()
  const { error } = await failureOf(log.append('t:1', drafts(1)))
  expect([error.kind, error.code]).toEqual(['retry', 'deadline'])
  expect(error.hint).toContain('pool')
  client.release()
  expect((await log.append('t:1', drafts(1)))[0]?.position.seq).toBe(2)
  await log.close()
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  expect(pool.listenerCount('error')).toBe(0)
})

it('is told as it is: nobody there, a wrong password, none, no such database, no address, not installed', async () => {
  const server = await startPostgres({ password: 'secret' })
  onTestFinished(() => server.close())
  const appendTo = async (url: string) => (await failureOf(logForTest({ url }).append('t:1', drafts(1)))).error
  const nobody = await appendTo('postgres://postgres@127.0.0.1:1/postgres')
  expect(nobody).toMatchObject({ kind: 'retry', code: 'unavailable', hint: expect.stringContaining('running') })
  expect(nobody.message).toContain('ECONNREFUSED')
  for (const [url, hint] of [
    [server.url.replace('secret', 'guess'), 'password'],
    [server.url.replace(':secret', ''), 'password'],
    [server.url.replace(/postgres$/, 'none'), 'database'],
    ['postgres://user:p#ss@host/db', 'encoded'],
    [server.url, 'installPostgresLog'],
  ] as const)
    expect(await appendTo(url)).toMatchObject({
      kind: 'config',
      code: 'invalid_config',
      hint: expect.stringContaining(hint),
    })
  expect((await failureOf(installPostgresLog(server.url.replace('secret', 'guess')))).error.kind).toBe('config')
  const refused = await failureOf(
    logForTest({ url: server.url.replace('secret', 'guess') }).tail('t:1', { wake() {}, lost() {} }),
  )
  expect(refused.error).toMatchObject({ kind: 'config', topic: 't:1' })
})

it('works with the rights that the README names, and says so without them', async () => {
  const server = await postgresForTest()
  const { pool } = handsForTest(server)
  await pool.query('create role steady login')
  const url = server.url.replace('postgres@', 'steady@')
  const log = logForTest({ url })
  const { error } = await failureOf(log.append('t:1', drafts(1)))
  expect(error).toMatchObject({ kind: 'config', hint: expect.stringContaining('rights') })
  await pool.query(
    'grant usage on schema steadywire to steady; grant select on steadywire.events, steadywire.events_log to steady',
  )
  const tail = await wakes(log, 't:1')
  await pool.query(
    `create or replace function steadywire.may_read(topic text) returns boolean language sql stable as 'select session_user = ''steady'''`,
  )
  await log.append('t:1', drafts(2))
  expect(seqsOf((await log.read('t:1', { limit: 10 })).events)).toEqual([1, 2])
  await expect.poll(() => tail.seqs).toEqual([1, 2])
  await installPostgresLog(server.url)
  expect((await log.read('t:1', { limit: 10 })).head, 'whoever may read may still do so after an update').toBe(2)
})

it('installing may be done at once by many, and again; a line that breaks meanwhile only fails it', async () => {
  const server = await startPostgres()
  onTestFinished(() => server.close())
  await Promise.all([1, 2, 3].map(() => installPostgresLog(server.url)))
  const log = logForTest(server)
  await log.append('t:1', drafts(2))
  await installPostgresLog(server.url)
  expect((await log.append('t:1', drafts(1)))[0]?.position.seq).toBe(3)
  const proxy = await createTcpProxy()
  onTestFinished(() => proxy.close())
  proxy.target(server.port)
  const { pool } = handsForTest(server)
  const client = await pool.connect()
  await client.query(`select pg_advisory_lock(hashtext('steadywire.install'))`)
  const broken = failureOf(installPostgresLog(server.url.replace(String(server.port), String(proxy.port))))
  const waiting = `select from pg_stat_activity where wait_event = 'advisory'`
  await expect.poll(async () => (await client.query(waiting)).rowCount).toBe(1)
  proxy.reset()
  expect((await broken).error).toMatchObject({ kind: 'retry', code: 'unavailable' })
  client.release(true)
})

it('one connection for tails, however many topics; those that come and go miss nothing while they are there', {
  timeout: 30_000,
}, async () => {
  const server = await postgresForTest()
  const [log, other] = [logForTest(server), logForTest(server)]
  const { pool } = handsForTest(server)
  const tails = await Promise.all(Array.from({ length: 50 }, (_, n) => wakes(log, `t:${n}`)))
  await Promise.all(tails.map((_, n) => other.append(`t:${n}`, drafts(2))))
  for (const tail of tails) await expect.poll(() => tail.seqs).toEqual([1, 2])
  const listening = `select count(*)::int as n from pg_stat_activity where query ~ '^(un)?listen'`
  expect((await pool.query(listening)).rows).toEqual([{ n: 1 }])
  for (const tail of tails) await tail.stop()
  for (let round = 0; round < 40; round++) {
    const topic = `t:${round % 3}`
    const passing = wakes(log, topic)
    const tail = await wakes(log, topic)
    const leaving = (await passing).stop()
    const [made] = await other.append(topic, drafts(1))
    await expect.poll(() => tail.seqs).toContain(made?.position.seq)
    await Promise.all([tail.stop(), leaving])
  }
})

it('[D1g] what is notified by somebody else wakes without events, and is reported', async () => {
  const server = await postgresForTest()
  const reported: string[] = []
  const log = logForTest(server, { report: ({ code }) => void reported.push(code) })
  const { pool } = handsForTest(server)
  const heard: number[] = []
  await log.tail('t:1', { wake: (events) => void heard.push(events.length), lost() {} })
  const frame = (topic: string, items: string) => `{"topic":"${topic}","epoch":"e","items":[\n${items}\n]}`
  for (const payload of [
    '',
    'x',
    '{}',
    '{"hello":{}}',
    frame('t:2', ''),
    frame('t:1', '{"id":"x"}'),
    frame('t:1', '{"skip":[1,2]}'),
  ])
    await pool.query(`select pg_notify('sw:' || md5('t:1'), $1)`, [payload])
  await expect.poll(() => heard).toEqual([0, 0, 0, 0, 0, 0, 0])
  expect(reported.length).toBeGreaterThan(3)
})

it('after close() calls reject, those under way and to a server that hangs too, and its tails are lost', async () => {
  const server = await postgresForTest()
  const log = logForTest(server, { callDeadlineMs: 20_000 })
  const tail = await wakes(log, 't:1')
  await log.append('t:1', drafts(1))
  server.pause()
  const underWay = [failureOf(log.append('t:1', drafts(1))), failureOf(log.tail('t:2', { wake() {}, lost() {} }))]
  const started = performance.now()
  await log.close()
  expect(performance.now() - started).toBeLessThan(2000)
  for (const { error } of await Promise.all(underWay)) expect(error.code).toBe('closed')
  expect(tail.lost).toMatchObject([{ code: 'closed' }])
  expect((await failureOf(log.append('t:1', drafts(1)))).error.code).toBe('closed')
  expect((await failureOf(log.read('t:1', { limit: 1 }))).error.code).toBe('closed')
  expect((await failureOf(log.tail('t:1', { wake() {}, lost() {} }))).error.code).toBe('closed')
  await log.close()
})

it('[C7] close() leaves nothing that keeps a process alive, even if the server hangs', {
  timeout: 60_000,
}, async () => {
  const server = await postgresForTest()
  const child = fork(new URL('./closing.ts', import.meta.url), [server.url], { execArgv: process.execArgv })
  const ended = once(child, 'exit')
  await once(child, 'message')
  server.pause()
  child.send('close')
  expect((await once(child, 'message'))[0]).toBe('closed')
  expect(await ended).toEqual([0, null])
})
