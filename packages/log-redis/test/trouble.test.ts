import { createTcpProxy } from '@steadywire/conformance/faults'
import { isSteadywireError, type SteadywireError } from '@steadywire/core'
import { expect, onTestFinished } from 'vitest'
import { appendForSure, draft, drafts, failureOf, handsForTest, it, logForTest, redisForTest, wakes } from './setup.ts'

it('[E2] a Redis that hangs is given up at the deadline; a retry is answered with what it did after all', async () => {
  const server = await redisForTest()
  const log = logForTest(server, { callDeadlineMs: 250 })
  const tail = await wakes(log, 't:1')
  await log.append('t:1', drafts(3))
  await expect.poll(() => tail.seqs).toEqual([1, 2, 3])
  server.pause()
  const one = draft('one')
  const [append, read, follow] = await Promise.all([
    failureOf(log.append('t:1', [one])),
    failureOf(log.read('t:1', { limit: 10 })),
    failureOf(log.tail('t:2', { wake() {}, lost() {} })),
  ])
  for (const { error, ms } of [append, read, follow]) {
    expect([error.kind, error.code]).toEqual(['retry', 'deadline'])
    expect(error.hint).toContain('may still happen')
    expect(ms).toBeLessThan(1500)
  }
  for (const { error, ms } of [await failureOf(log.append('t:1', [one])), await failureOf(log.append('t:1', [one]))]) {
    expect(error.kind).toBe('retry')
    expect(ms).toBeLessThan(1500)
  }
  const heard = tail.wakes
  server.resume()
  const [answer] = await appendForSure(log, 't:1', [one])
  expect(answer?.position.seq).toBe(4)
  expect((await log.read('t:1', { limit: 10 })).head).toBe(4)
  await expect.poll(() => tail.wakes, { timeout: 5000 }).toBeGreaterThan(heard)
  await log.append('t:1', drafts(1))
  await expect.poll(() => tail.seqs).toContain(5)
})

it('[E1a] a full Redis refuses an append whole and says what to do; reading goes on, and so does everything later', async () => {
  const server = await redisForTest({ config: { maxmemory: '6mb' } })
  const log = logForTest(server, { retention: {} })
  const big = () => Array.from({ length: 20 }, () => draft('x'.repeat(5000)))
  let appended = 0
  let full: Awaited<ReturnType<typeof failureOf>> | undefined
  while (!full) {
    const call = log.append('t:1', big())
    full = await call.then(
      () => undefined,
      () => failureOf(call),
    )
    if (!full) appended += 20
  }
  expect([full.error.kind, full.error.code]).toEqual(['retry', 'unavailable'])
  expect(full.error.hint).toContain('maxmemory')
  const { redis } = handsForTest(server)
  await redis.config('SET', 'maxmemory', '1mb')
  await expect(redis.multi().get('x').exec(), 'fuller it can not be').rejects.toThrow()
  for (const range of [{ limit: 100_000 }, { limit: 100_000, last: true }]) {
    const page = await logForTest(server).read('t:1', range)
    expect([page.head, page.events.length]).toEqual([appended, appended])
  }
  await redis.config('SET', 'maxmemory', '0')
  const [next] = await log.append('t:1', drafts(1))
  expect(next?.position.seq).toBe(appended + 1)
})

it('[E2] a slow line only makes calls slow; one that is too slow fails them at the deadline, and makes no second event', async () => {
  const server = await redisForTest()
  const proxy = await createTcpProxy()
  onTestFinished(() => proxy.close())
  proxy.target(server.port)
  const log = logForTest({ url: `redis://127.0.0.1:${proxy.port}` }, { callDeadlineMs: 400 })
  const tail = await wakes(log, 't:1')
  proxy.delay(60)
  await log.append('t:1', drafts(2))
  expect((await log.read('t:1', { limit: 10 })).head).toBe(2)
  await expect.poll(() => tail.seqs).toEqual([1, 2])
  proxy.delay(600)
  const late = draft('late')
  const { error } = await failureOf(log.append('t:1', [late]))
  expect([error.kind, error.code]).toEqual(['retry', 'deadline'])
  proxy.delay(0)
  const [answer] = await appendForSure(log, 't:1', [late])
  expect(answer).toMatchObject({ position: { seq: 3 }, duplicate: true })
})

it('[E2] a line that breaks in the middle of an append leaves its outcome unknown, and a retry finds out', async () => {
  const server = await redisForTest()
  const proxy = await createTcpProxy()
  onTestFinished(() => proxy.close())
  proxy.target(server.port)
  const log = logForTest({ url: `redis://127.0.0.1:${proxy.port}` })
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

it('is told as it is: nobody there, a wrong password, no rights, keys of somebody else', async () => {
  const server = await redisForTest({ config: { requirepass: 'secret' } })
  const url = `redis://:secret@127.0.0.1:${server.port}`
  const { redis, keysOf } = handsForTest({ url })
  const nobody = await failureOf(logForTest({ url: 'redis://127.0.0.1:1' }).append('t:1', drafts(1)))
  expect(nobody.error).toMatchObject({ kind: 'retry', code: 'unavailable' })
  expect(nobody.error.message).toContain('ECONNREFUSED')
  const without = await failureOf(logForTest(server).append('t:1', drafts(1)))
  expect(without.error).toMatchObject({ kind: 'config', code: 'invalid_config' })
  expect(without.error.hint).toContain('password')
  const wrong = await failureOf(logForTest({ url: url.replace('secret', 'guess') }).read('t:1', { limit: 1 }))
  expect(wrong.error).toMatchObject({ kind: 'config', code: 'invalid_config' })
  await redis.call('ACL', 'SETUSER', 'reader', 'on', '>pass', '~sw:*', '+eval', '+evalsha', '+multi', '+exec')
  const reader = logForTest({ url: url.replace(':secret', 'reader:pass') })
  const forbidden = await failureOf(reader.tail('t:1', { wake() {}, lost() {} }))
  expect(forbidden.error).toMatchObject({ kind: 'config', hint: expect.stringContaining('rights') })
  await redis.set(keysOf('t:1').hash, 'mine')
  const taken = await failureOf(logForTest({ url }).append('t:1', drafts(1)))
  expect(taken.error).toMatchObject({ kind: 'config', hint: expect.stringContaining('prefix') })
})

it('works with the rights that the README names', async () => {
  const server = await redisForTest({ config: { requirepass: 'secret' } })
  const url = `redis://:secret@127.0.0.1:${server.port}`
  const { redis } = handsForTest({ url })
  const { error } = await failureOf(logForTest({ url: url.replace(':secret', 'nobody:pass') }).append('t:1', drafts(1)))
  expect(error.kind).toBe('config')
  const rights = '~sw:* &sw:* +eval +evalsha +multi +exec +subscribe +unsubscribe +ping +hmget +hget +hset +hdel +time'
  const inScripts = '+xadd +xrange +xrevrange +xlen +xtrim +unlink +pexpireat +persist +publish'
  await redis.call('ACL', 'SETUSER', 'steady', 'on', '>pass', ...rights.split(' '), ...inScripts.split(' '))
  const log = logForTest({ url: url.replace(':secret', 'steady:pass') })
  const tail = await wakes(log, 't:1')
  await log.append('t:1', drafts(2))
  expect((await log.read('t:1', { limit: 10 })).events.length).toBe(2)
  await expect.poll(() => tail.seqs).toEqual([1, 2])
})

it('goes on when the script cache is emptied', async () => {
  const server = await redisForTest()
  const log = logForTest(server)
  const { redis } = handsForTest(server)
  for (const round of [1, 2]) {
    await redis.script('FLUSH')
    const [made] = await log.append('t:1', drafts(1))
    expect(made?.position.seq).toBe(round)
    await redis.script('FLUSH')
    expect((await log.read('t:1', { limit: 10 })).head).toBe(round)
  }
})

it('after close() calls reject, and its tails are lost', async () => {
  const log = logForTest(await redisForTest())
  const tail = await wakes(log, 't:1')
  await log.close()
  expect(tail.lost).toBe(1)
  expect((await failureOf(log.append('t:1', drafts(1)))).error.code).toBe('closed')
  expect((await failureOf(log.read('t:1', { limit: 1 }))).error.code).toBe('closed')
  expect((await failureOf(log.tail('t:1', { wake() {}, lost() {} }))).error.code).toBe('closed')
})

it('keeps all of a topic in one slot of a cluster, whatever its name', async () => {
  const server = await redisForTest({ config: { 'cluster-enabled': 'yes' } })
  const { redis, keysOf } = handsForTest(server)
  await redis.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383)
  await expect.poll(() => redis.call('CLUSTER', 'INFO'), { timeout: 10_000 }).toContain('cluster_state:ok')
  const log = logForTest(server)
  for (const topic of ['job:1', '}', '{}', 'a{b}c', '%7D', '{'.repeat(256)]) {
    const tail = await wakes(log, topic)
    await log.append(topic, drafts(3))
    expect((await log.read(topic, { limit: 10 })).events.length).toBe(3)
    await expect.poll(() => tail.seqs).toEqual([1, 2, 3])
    const { hash, stream } = keysOf(topic)
    expect(await redis.cluster('KEYSLOT', hash)).toBe(await redis.cluster('KEYSLOT', stream))
  }
})

it('a Redis that is reading its data says so, and is asked again', async () => {
  const server = await redisForTest({
    config: { 'key-load-delay': '2000', 'loading-process-events-interval-bytes': '1024', rdbcompression: 'no' },
  })
  const log = logForTest(server)
  const { redis } = handsForTest(server)
  await log.append('t:1', drafts(3))
  for (let key = 0; key < 300; key++) await redis.set(`key:${key}`, 'x'.repeat(200))
  await redis.save()
  await server.kill()
  const started = server.start()
  const hints = new Set<string | undefined>()
  while (!hints.has('Redis is reading its data after a start; it takes commands soon.')) {
    const outcome = await log.read('t:1', { limit: 1 }).catch((thrown: SteadywireError) => thrown)
    if (!isSteadywireError(outcome)) break
    expect(outcome.kind).toBe('retry')
    hints.add(outcome.hint)
  }
  await started
  expect(hints).toContain('Redis is reading its data after a start; it takes commands soon.')
  expect((await log.read('t:1', { limit: 1 })).head).toBe(3)
})

it('one connection for calls and one for tails, however many topics', async () => {
  const server = await redisForTest()
  const { redis } = handsForTest(server)
  const connections = async () =>
    String(await redis.client('LIST'))
      .trim()
      .split('\n').length
  const before = await connections()
  const log = logForTest(server)
  const tails = await Promise.all(Array.from({ length: 50 }, (_, n) => wakes(log, `t:${n}`)))
  await Promise.all(tails.map((_, n) => log.append(`t:${n}`, drafts(2))))
  for (const tail of tails) await expect.poll(() => tail.seqs).toEqual([1, 2])
  expect((await connections()) - before).toBe(2)
  for (const tail of tails) await tail.stop()
  await expect.poll(() => redis.pubsub('CHANNELS')).toEqual([])
})

it('[D1g] followers that come and go miss nothing while they are there', async () => {
  const server = await redisForTest()
  const [log, other] = [logForTest(server), logForTest(server)]
  for (let round = 0; round < 60; round++) {
    const topic = `t:${round % 3}`
    const passing = wakes(log, topic)
    const tail = await wakes(log, topic)
    const leaving = (await passing).stop()
    const [made] = await other.append(topic, drafts(1))
    await expect.poll(() => tail.seqs).toContain(made?.position.seq)
    await Promise.all([tail.stop(), leaving])
  }
})

it.each([
  { retention: { maxAgeMs: 60_000.5 } },
  { retention: { maxAgeMs: 1e20 } },
  { retention: { maxEvents: 2.5 } },
  { forgetIdleMs: 60_000.5 },
  { forgetIdleMs: Number.MAX_VALUE },
  { keyWindowMs: 0.5, maxRemembered: 2.5 },
])('[E1a] takes any number of %j: none lets an append fail after it has written', async (options) => {
  const log = logForTest(await redisForTest(), options)
  const tail = await wakes(log, 't:1')
  for (let n = 1; n <= 4; n++) expect((await log.append('t:1', drafts(1)))[0]?.position.seq).toBe(n)
  await expect.poll(() => tail.seqs).toEqual([1, 2, 3, 4])
  expect((await log.read('t:1', { limit: 2, last: true })).events.map(({ seq }) => seq)).toEqual([3, 4])
})
