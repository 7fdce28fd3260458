import { markOf } from '@steadywire/core'
import { draft, drafts } from '@steadywire/log-trials'
import type { EventLog } from '@steadywire/server'
import { expect, it } from 'vitest'
import { handsForTest, logForTest, redisForTest } from './setup.ts'

const seqsOf = (events: readonly { readonly seq: number }[]) => events.map(({ seq }) => seq)

async function tenEvents() {
  const server = await redisForTest()
  const hands = handsForTest(server)
  const log = logForTest(server)
  await log.append('t:1', [draft(1, { key: 'k' }), ...drafts(9, 2)])
  const { events, epoch = '' } = await log.read('t:1', { limit: 100 })
  const last = events.at(-1)
  return { ...hands, server, log, events, epoch, keys: hands.keysOf('t:1'), mark: markOf(last?.id ?? '') }
}

/** What a reader learns that is at seq 10, and one that is at 5. */
async function learned(log: EventLog, epoch: string, mark: string) {
  const at10 = await log.read('t:1', { after: { epoch, seq: 10, mark }, limit: 100 })
  const at5 = await log.read('t:1', { after: { epoch, seq: 5 }, limit: 100 })
  return [at10, at5].map((page) => ({ ...page, events: seqsOf(page.events), epoch: page.epoch === epoch }))
}

it('[D4i] everything flushed: unborn, and then another epoch', async () => {
  const { log, server, epoch, mark } = await tenEvents()
  await server.flush()
  const unborn = { epoch: false, oldest: 1, head: 0, through: 0, events: [] }
  expect(await learned(log, epoch, mark)).toEqual([unborn, unborn])
  const [made] = await log.append('t:1', [draft('again', { key: 'k' })])
  expect(made).toMatchObject({ position: { seq: 1 }, duplicate: false })
  expect(await learned(log, epoch, mark)).toMatchObject([
    { epoch: false, head: 1, events: [] },
    { epoch: false, head: 1, events: [] },
  ])
})

it('[D4i] the hash deleted: another epoch, and nothing of the old events', async () => {
  const { log, redis, keys, epoch, mark } = await tenEvents()
  await redis.del(keys.hash)
  expect(await learned(log, epoch, mark)).toMatchObject([{ epoch: false, head: 0 }, { head: 0 }])
  await log.append('t:1', drafts(2, 100))
  const page = await log.read('t:1', { limit: 100 })
  expect([page.epoch === epoch, page.oldest, page.head, page.events.map(({ data }) => data)]).toEqual([
    false,
    1,
    2,
    [100, 101],
  ])
})

it('[D4a] the stream deleted: all is trimmed, the count goes on, ids and keys are known', async () => {
  const { log, redis, keys, events, epoch, mark } = await tenEvents()
  await redis.del(keys.stream)
  const gone = { epoch: true, oldest: 11, head: 10, through: 10, throughMark: mark, events: [] }
  expect(await learned(log, epoch, mark)).toMatchObject([gone, gone])
  const [again, next] = await log.append('t:1', [draft('again', { key: 'k' }), draft('next')])
  expect(again).toEqual({ position: { epoch, seq: 1, mark: markOf(events[0]?.id ?? '') }, duplicate: true })
  expect(next?.position.seq).toBe(11)
  expect(await learned(log, epoch, mark)).toMatchObject([
    { oldest: 11, events: [11], through: 11 },
    { oldest: 11, events: [11], through: 11 },
  ])
  const rewound = await log.read('t:1', { after: { epoch, seq: 10, mark: 'another0' }, limit: 100 })
  expect(rewound.rewound, 'the mark below the oldest is known').toBe(true)
})

it('[D4] an entry deleted by hand is told as trimmed and not stepped over', async () => {
  const { log, redis, keys } = await tenEvents()
  for (const seq of [4, 5]) {
    const [entry] = await redis.xrange(keys.stream, seq, seq)
    await redis.xdel(keys.stream, entry?.[0] ?? '')
  }
  const before = await log.read('t:1', { limit: 100 })
  expect([seqsOf(before.events), before.through, before.oldest]).toEqual([[1, 2, 3], 3, 1])
  const behind = await log.read('t:1', { after: { epoch: before.epoch ?? '', seq: 3 }, limit: 100 })
  expect([behind.oldest, seqsOf(behind.events), behind.through]).toEqual([6, [6, 7, 8, 9, 10], 10])
  const newest = await log.read('t:1', { last: true, limit: 100 })
  expect([newest.oldest, seqsOf(newest.events)]).toEqual([6, [6, 7, 8, 9, 10]])
  const [last] = await redis.xrange(keys.stream, 10, 10)
  await redis.xdel(keys.stream, last?.[0] ?? '')
  const end = await log.read('t:1', { after: { epoch: before.epoch ?? '', seq: 9 }, limit: 100 })
  expect([end.oldest, end.events, end.through]).toEqual([11, [], 10])
  await log.append('t:1', drafts(1))
  const beyond = await log.read('t:1', { after: { epoch: before.epoch ?? '', seq: 9 }, limit: 100 })
  expect([beyond.oldest, seqsOf(beyond.events), beyond.through]).toEqual([11, [11], 11])
})

it('[D4] the oldest entries removed by hand are told as trimmed', async () => {
  const { log, redis, keys } = await tenEvents()
  await redis.xtrim(keys.stream, 'MAXLEN', 4)
  const page = await log.read('t:1', { limit: 100 })
  expect([page.oldest, seqsOf(page.events), page.through]).toEqual([7, [7, 8, 9, 10], 10])
})

it('[E4a] an entry that is no event is reported, and told as trimmed', async () => {
  const server = await redisForTest()
  const reported: string[] = []
  const log = logForTest(server, { report: ({ code }) => void reported.push(code) })
  const { redis, keysOf } = handsForTest(server)
  await log.append('t:1', drafts(2))
  const { hash, stream } = keysOf('t:1')
  await redis.xadd(stream, '3-1', 'e', '{"id":"x","seq":3,"type":7}')
  await redis.xadd(stream, '4-1', 'e', 'no JSON')
  await redis.hset(hash, 'head', 4, 'mark', 'x')
  await log.append('t:1', drafts(1))
  const first = await log.read('t:1', { limit: 100 })
  expect([seqsOf(first.events), first.through]).toEqual([[1, 2], 2])
  const { epoch = '' } = first
  const rest = await log.read('t:1', { after: { epoch, seq: 2 }, limit: 100 })
  expect([rest.oldest, seqsOf(rest.events)]).toEqual([5, [5]])
  expect(new Set(reported)).toEqual(new Set(['protocol']))
})

it('[D1e] what a stream has beyond the head of its hash is not seen, and gives way', async () => {
  const { log, redis, keys, events, epoch } = await tenEvents()
  const mark = markOf(events[5]?.id ?? '')
  await redis.hset(keys.hash, 'head', 6, 'mark', mark)
  const back = await log.read('t:1', { limit: 100 })
  expect([back.head, seqsOf(back.events)]).toEqual([6, [1, 2, 3, 4, 5, 6]])
  const newest = await log.read('t:1', { limit: 6, last: true })
  expect([newest.oldest, seqsOf(newest.events)]).toEqual([1, [5, 6]])
  const [made] = await log.append('t:1', [draft('new')])
  expect(made?.position).toMatchObject({ epoch, seq: 7 })
  const page = await log.read('t:1', { after: { epoch, seq: 6, mark }, limit: 100 })
  expect([page.oldest, page.head, page.events.map(({ data }) => data), page.rewound]).toEqual([
    1,
    7,
    ['new'],
    undefined,
  ])
  await redis.hset(keys.hash, 'head', 0, 'mark', '')
  const [first] = await log.append('t:1', [draft('first')])
  expect(first?.position.seq).toBe(1)
  expect((await log.read('t:1', { limit: 100 })).events.map(({ data }) => data)).toEqual(['first'])
})

it('[D1g] what is published by somebody else wakes without events, and is reported', async () => {
  const server = await redisForTest()
  const reported: string[] = []
  const log = logForTest(server, { report: ({ code }) => void reported.push(code) })
  const { redis, keysOf } = handsForTest(server)
  const heard: number[] = []
  await log.tail('t:1', { wake: (events) => void heard.push(events.length), lost() {} })
  const frame = (topic: string, items: string) => `{"topic":"${topic}","epoch":"e","items":[\n${items}\n]}`
  for (const message of [
    '',
    'x',
    '{}',
    '{"hello":{}}',
    frame('t:2', ''),
    frame('t:1', '{"id":"x"}'),
    frame('t:1', '{"skip":[1,2]}'),
  ])
    await redis.publish(keysOf('t:1').channel, message)
  await expect.poll(() => heard).toEqual([0, 0, 0, 0, 0, 0, 0])
  expect(reported.length).toBeGreaterThan(3)
})
