import { defineTopic } from '@steadywire/core'
import { memoryLog } from '@steadywire/server'
import { expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { type RedisBridgeOptions, redisBridge } from '../src/index.ts'
import type { TestRedis } from './servers.ts'
import { handsForTest, logForTest, redisForTest } from './setup.ts'

const job = defineTopic('job:{jobId}', { progress: z.object({ percent: z.number() }), note: z.unknown() })

/** The channels of a test are its own, as its keys are. */
function bridgeOn({ url, prefix }: TestRedis) {
  const topic: RedisBridgeOptions<ReturnType<typeof job>>['topic'] = ({ channel }) =>
    channel === `${prefix}:job:ignored` ? undefined : job({ jobId: channel.slice(`${prefix}:job:`.length) })
  return { redis: url, pattern: `${prefix}:job:*`, topic }
}

it('takes what is published into the log: in order, validated, counted, the bad ones reported', async () => {
  const server = await redisForTest()
  const { redis } = handsForTest(server)
  const log = logForTest(server)
  const bad: string[] = []
  const bridge = redisBridge({
    ...bridgeOn(server),
    to: log,
    type: 'progress',
    report: ({ code }, { channel, text }) => void bad.push(`${code} ${channel.slice(server.prefix.length)} ${text}`),
  })
  onTestFinished(() => bridge.close())
  await bridge.ready
  const messages = ['{"percent":1}', 'no JSON', '{"percent":"2"}', '{"percent":3}', '{"percent":4}']
  for (const message of messages) await redis.publish(`${server.prefix}:job:7`, message)
  await redis.publish(`${server.prefix}:job:`, '{"percent":5}')
  await redis.publish(`${server.prefix}:job:ignored`, '{"percent":5}')
  await redis.publish(`${server.prefix}:other:7`, '{"percent":5}')
  await expect
    .poll(() => bridge.stats())
    .toEqual({ received: 7, appended: 3, passedOver: 1, failed: 3, interruptions: 0 })
  const { events } = await log.read('job:7', { limit: 10 })
  expect(events.map(({ type, data }) => [type, data])).toEqual([1, 3, 4].map((percent) => ['progress', { percent }]))
  expect(bad.sort()).toEqual([
    'invalid_data :job:7 no JSON',
    'invalid_data :job:7 {"percent":"2"}',
    'invalid_topic :job: {"percent":5}',
  ])
})

it('two bridges with a key make one event; types and data can be taken from the message', async () => {
  const server = await redisForTest()
  const { redis } = handsForTest(server)
  const log = memoryLog()
  const open = () => {
    const bridge = redisBridge({
      ...bridgeOn(server),
      to: log,
      type: ({ data }) => z.object({ kind: z.enum(['progress', 'note']) }).parse(data).kind,
      data: ({ data }) => z.object({ body: z.unknown() }).parse(data).body,
      key: ({ data }) => z.object({ n: z.number() }).parse(data).n.toString(),
      report: () => {},
    })
    onTestFinished(() => bridge.close())
    return bridge
  }
  const bridges = [open(), open()]
  await Promise.all(bridges.map(({ ready }) => ready))
  for (const n of [1, 2, 3])
    await redis.publish(
      `${server.prefix}:job:1`,
      JSON.stringify({ n, kind: n === 2 ? 'note' : 'progress', body: { percent: n } }),
    )
  await redis.publish(`${server.prefix}:job:1`, JSON.stringify({ n: 4, kind: 'unknown', body: 1 }))
  for (const bridge of bridges)
    await expect.poll(() => bridge.stats()).toMatchObject({ received: 4, appended: 3, failed: 1 })
  const { events } = await log.read('job:1', { limit: 10 })
  expect(events.map(({ type, data }) => [type, data])).toEqual([
    ['progress', { percent: 1 }],
    ['note', { percent: 2 }],
    ['progress', { percent: 3 }],
  ])
})

it('listens again after Redis was away, and says that it was', async () => {
  const server = await redisForTest()
  const log = memoryLog()
  const bridge = redisBridge({ ...bridgeOn(server), to: log, type: 'note', report: () => {} })
  onTestFinished(() => bridge.close())
  await bridge.ready
  await server.kill()
  await server.start()
  const { redis } = handsForTest(server)
  await expect
    .poll(async () => {
      await redis.publish(`${server.prefix}:job:1`, '1')
      return bridge.stats().appended
    })
    .toBeGreaterThan(0)
  expect(bridge.stats().interruptions).toBeGreaterThan(0)
})
