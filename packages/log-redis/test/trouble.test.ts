import { appendForSure, draft, drafts, failureOf, wakes } from '@steadywire/log-trials'
import { expect, it } from 'vitest'
import { handsForTest, lineTo, logForTest, redisForTest } from './setup.ts'

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

it('[E2] a slow line only makes calls slow; one that is too slow fails them at the deadline, and makes no second event', async () => {
  const line = await lineTo(await redisForTest())
  const { proxy } = line
  const log = logForTest(line, { callDeadlineMs: 400 })
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
  const line = await lineTo(await redisForTest())
  const { proxy } = line
  const log = logForTest(line)
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

it('one connection for calls and one for tails, however many topics', async () => {
  const server = await redisForTest()
  const line = await lineTo(server)
  const { redis } = handsForTest(server)
  const log = logForTest(line)
  const tails = await Promise.all(Array.from({ length: 50 }, (_, n) => wakes(log, `t:${n}`)))
  await Promise.all(tails.map((_, n) => log.append(`t:${n}`, drafts(2))))
  for (const tail of tails) await expect.poll(() => tail.seqs).toEqual([1, 2])
  expect(line.proxy.open).toBe(2)
  for (const tail of tails) await tail.stop()
  await expect.poll(() => redis.pubsub('CHANNELS', `${server.prefix}:*`)).toEqual([])
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
