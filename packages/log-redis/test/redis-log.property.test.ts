import { createFakeClock } from '@steadywire/core/testing'
import { expectLikeMemoryLog } from '@steadywire/log-trials'
import { expect, it } from 'vitest'
import { logForTest, redisForTest } from './setup.ts'

it('does what the memory log does, by whichever of two instances', { timeout: 60_000 }, async () => {
  const server = await redisForTest()
  await expectLikeMemoryLog((options) => logForTest(server, options), 250)
})

it('[D4g] keeps events for their age, and no longer, whether or not anything is appended', async () => {
  const server = await redisForTest()
  const log = logForTest(server, { retention: { maxAgeMs: 300 } })
  const made: number[] = []
  const started = performance.now()
  while (performance.now() - started < 900) {
    const [one] = await log.append('t:1', [{ id: `id-${made.length}-12345678`, type: 'x', data: null }])
    made.push(one?.position.seq ?? 0)
    const page = await log.read('t:1', { limit: 10_000 })
    const now = page.events.at(-1)?.time ?? 0
    expect(page.events.map(({ seq }) => seq)).toEqual(page.events.map((_, index) => page.oldest + index))
    for (const { time } of page.events) expect(now - time).toBeLessThan(320)
  }
  const { oldest, head, epoch = '', mark = '' } = await log.read('t:1', { limit: 1 })
  expect(oldest).toBeGreaterThan(1)
  await expect
    .poll(() => log.read('t:1', { limit: 10, after: { epoch, seq: head - 1 } }))
    .toMatchObject({
      oldest: head + 1,
      head,
      through: head,
      throughMark: mark,
      events: [],
    })
  await expect
    .poll(() => log.read('t:1', { limit: 10, after: { epoch, seq: head, mark: 'another0' } }))
    .toMatchObject({ rewound: true })
  const [next] = await log.append('t:1', [{ id: 'next', type: 'x', data: null }])
  expect(next?.position).toMatchObject({ seq: head + 1, epoch })
  const below = await log.read('t:1', { limit: 10, after: { epoch, seq: head, mark: 'another0' } })
  expect([below.oldest, below.rewound]).toEqual([head + 1, true])
})

it('[E2b] forgets ids and keys after the window, a few with each append, and the oldest above the limit', async () => {
  const server = await redisForTest()
  const log = logForTest(server, { keyWindowMs: 100 })
  const one = { id: 'one', type: 'x', data: null, key: 'k' }
  await log.append('t:1', [one])
  expect(await log.append('t:1', [one])).toMatchObject([{ duplicate: true }])
  const filler = (n: number) => ({ id: `filler-${n}`, type: 'x', data: null })
  let n = 0
  await expect
    .poll(async () => {
      await log.append('t:1', [filler(n++)])
      const [answer] = await log.append('t:1', [one])
      return answer?.duplicate
    })
    .toBe(false)
  const small = logForTest(server, { maxRemembered: 3 })
  for (const n of [1, 2, 3, 4, 5, 6]) await small.append('t:2', [filler(n)])
  const [newest] = await small.append('t:2', [filler(6)])
  expect(newest?.duplicate).toBe(true)
  const [oldest] = await small.append('t:2', [filler(1)])
  expect(oldest?.duplicate).toBe(false)
})

it('a topic that is forgotten leaves nothing in Redis', async () => {
  const server = await redisForTest()
  const log = logForTest(server, { forgetIdleMs: 150, clock: createFakeClock() })
  await log.append('t:1', [{ id: 'one', type: 'x', data: null, final: true }])
  const { epoch } = await log.read('t:1', { limit: 1 })
  await expect.poll(() => log.read('t:1', { limit: 1 })).toEqual({ oldest: 1, head: 0, through: 0, events: [] })
  const [born] = await log.append('t:1', [{ id: 'one', type: 'x', data: null }])
  expect(born).toMatchObject({ position: { seq: 1 }, duplicate: false })
  expect(born?.position.epoch).not.toBe(epoch)
})
