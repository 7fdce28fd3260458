import { drafts, failureOf, wakes } from '@steadywire/log-trials'
import { expect, it } from 'vitest'
import { logForTest, redisForTest } from './setup.ts'

// The first test of its file: no other one has timers here.
it('close() leaves no timer behind, also while Redis is away', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = timers()
  const log = logForTest({ url: 'redis://127.0.0.1:1' })
  await failureOf(log.append('t:1', drafts(1)))
  expect(timers()).toBeGreaterThan(before)
  await log.close()
  await new Promise((resolve) => setTimeout(resolve, 1))
  expect(timers()).toBeLessThanOrEqual(before)
})

it('after close() calls reject, and its tails are lost', async () => {
  const log = logForTest(await redisForTest())
  const tail = await wakes(log, 't:1')
  await log.close()
  expect(tail.lost).toHaveLength(1)
  expect((await failureOf(log.append('t:1', drafts(1)))).error.code).toBe('closed')
  expect((await failureOf(log.read('t:1', { limit: 1 }))).error.code).toBe('closed')
  expect((await failureOf(log.tail('t:1', { wake() {}, lost() {} }))).error.code).toBe('closed')
})
