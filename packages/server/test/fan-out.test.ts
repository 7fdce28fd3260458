import { expect, test } from 'vitest'
import { type EventLog, memoryLog } from '../src/index.ts'
import { draft, setup } from './setup.ts'

test('[D6] an attach joins the live feed before it reads the page: nothing falls between', async () => {
  const { open, fill, memory, clock } = setup()
  await fill('t', 'ab')
  const { session, peer } = await open()
  const attaching = session.attach('t', { seq: 0 })
  void memory.append('t', [draft('c')])
  const page = await attaching
  void memory.append('t', [draft('d')])
  await clock.settle()
  const seen = new Set([...page.events.map((event) => `t:${event.id}`), ...peer.told])
  expect([...seen]).toEqual(['t:a', 't:b', 't:c', 't:d'])
})

test('attach without a position answers an empty page at the head', async () => {
  const { open, fill } = setup()
  await fill('t', 'ab')
  const { session } = await open()
  expect(await session.attach('t', undefined)).toEqual({
    epoch: 'epoch-1',
    oldest: 1,
    head: 2,
    mark: 'b',
    events: [],
    through: 2,
    throughMark: 'b',
  })
  expect(await session.attach('unborn', undefined)).toEqual({ oldest: 1, head: 0, events: [], through: 0 })
})

test('attach/unborn-topic-first-append: the first event of a topic comes live', async () => {
  const { open, fill } = setup()
  const { session, peer } = await open()
  await session.attach('t', undefined)
  await fill('t', 'ab')
  expect(peer.take()).toEqual(['t:a', 't:b'])
  expect(peer.batches[0]).toMatchObject({ topic: 't', epoch: 'epoch-1' })
  expect(peer.batches[0]?.prev).toBeUndefined()
  expect(peer.batches[1]?.prev).toBe('a')
})

test('one topic has one tail and one text for all of its readers', async () => {
  const { open, fill, counts } = setup()
  const clients = await Promise.all([open(), open(), open()])
  for (const { session } of clients) await session.attach('t', undefined)
  await fill('t', 'a')
  expect(counts.tails).toBe(1)
  expect(new Set(clients.map(({ peer }) => peer.batches[0])).size).toBe(1)
  expect(JSON.parse(`[${clients[0]?.peer.batches[0]?.text}]`)).toMatchObject([{ id: 'a', seq: 1, data: { id: 'a' } }])
})

test('the appends of one turn make one batch', async () => {
  const { open, memory, clock } = setup()
  const { session, peer } = await open()
  await session.attach('t', undefined)
  for (const id of 'abc') void memory.append('t', [draft(id)])
  await clock.settle()
  expect(peer.batches.map((batch) => batch.items.length)).toEqual([3])
})

test('a tail outlives its last reader for a while, and leaves nothing behind when the last session ends', async () => {
  const { open, tails, clock, gateway } = setup()
  const other = await open()
  const { session } = await open()
  await session.attach('t', undefined)
  session.detach('t')
  expect(gateway.stats().topics).toBe(1)
  await clock.advance(5000)
  expect([tails.size, gateway.stats().topics]).toEqual([0, 0])
  await session.attach('t', undefined)
  session.close()
  other.session.close()
  await clock.settle()
  expect([tails.size, clock.pending]).toEqual([0, 0])
})

test('[D1] attach/last-event-lost-then-silence: the audit finds what the tail swallowed, and heads travel with heartbeats', async () => {
  const { open, fill, faults, clock } = setup({ heartbeatMs: 1000, auditMs: 2000 })
  const { session, peer } = await open()
  await session.attach('t', undefined)
  faults.deaf = true
  await fill('t', 'ab')
  expect(peer.take()).toEqual([])
  await clock.advance(2000)
  expect(peer.take()).toEqual(['t:a', 't:b'])
  await clock.advance(1000)
  expect(peer.heads.at(-1)).toEqual(new Map([['t', { epoch: 'epoch-1', seq: 2, mark: 'b' }]]))
})

test('every session is heard once per period, spread over it, with one timer', async () => {
  const { open, clock } = setup({ heartbeatMs: 1000 })
  const clients = await Promise.all(Array.from({ length: 8 }, () => open()))
  expect(clock.pending).toBe(1)
  await clock.advance(250)
  expect(clients.filter(({ peer }) => peer.heads.length > 0)).toHaveLength(2)
  await clock.advance(2750)
  expect(clients.map(({ peer }) => peer.heads.length)).toEqual(Array(8).fill(3))
})

test('log/tail-lost-then-poll: a lost tail is followed anew, and what was missed is read once for all', async () => {
  const { open, fill, faults, loseTails, counts, clock, gateway } = setup({ heartbeatMs: 1_000_000 })
  const clients = await Promise.all([open(), open()])
  for (const { session } of clients) await session.attach('t', undefined)
  faults.tailsFail = true
  loseTails()
  await fill('t', 'a')
  await clock.advance(300)
  expect(clients.map(({ peer }) => peer.take())).toEqual([['t:a'], ['t:a']])
  faults.tailsFail = false
  await fill('t', 'b')
  const before = counts.reads
  await clock.advance(2000)
  expect(clients.map(({ peer }) => peer.take())).toEqual([['t:b'], ['t:b']])
  expect(counts.reads - before).toBe(1)
  await fill('t', 'c')
  expect(clients.map(({ peer }) => peer.take())).toEqual([['t:c'], ['t:c']])
  expect(gateway.stats().feedsLost).toBe(1)
})

test('a tail that is lost again and again is retried by a backoff, not in a loop', async () => {
  const { open, loseTails, counts, clock } = setup()
  const { session } = await open()
  await session.attach('t', undefined)
  for (let round = 0; round < 20; round++) {
    loseTails()
    await clock.settle()
  }
  expect(counts.tails).toBe(2)
  await clock.advance(10_000)
  expect(counts.tails).toBe(3)
})

test('[D4] live/rewind-under-open-feed: readers are told to verify when the log was taken back', async () => {
  const { clock, log, fill, memory } = setup()
  await fill('t', 'ab')
  const backup = memory.dump()
  await fill('t', 'c')
  const restored = memoryLog({ clock, from: backup })
  let current: EventLog = log
  const { open } = setup({
    clock,
    log: {
      keyWindowMs: 0,
      append: (...args) => current.append(...args),
      read: (...args) => current.read(...args),
      tail: async (topic, on) => {
        const stops = await Promise.all([log.tail(topic, on), restored.tail(topic, on)])
        return async () => void (await Promise.all(stops.map((stop) => stop())))
      },
    },
  })
  const { session, peer } = await open()
  await session.attach('t', undefined)
  current = restored
  await restored.append('t', [draft('x')])
  await clock.settle()
  await restored.append('t', [draft('y')])
  await clock.settle()
  expect(peer.take()).toEqual(['t:verify', 't:y'])
})

test('a hole in what the tail says is read, and erased events are skipped', async () => {
  const { open, fill, faults, memory } = setup()
  const { session, peer } = await open()
  await session.attach('t', undefined)
  faults.deaf = true
  await fill('t', 'abc')
  await memory.erase('t', 2)
  faults.deaf = false
  await fill('t', 'd')
  expect(peer.take()).toEqual(['t:a', 't:skip 2-2', 't:c', 't:d'])
})

test('[D4] what retention took from the feed itself is left as a hole, and readers are told to verify', async () => {
  const { open, fill, faults } = setup({ logOptions: { retention: { maxEvents: 2 } } })
  const { session, peer } = await open()
  await fill('t', 'a')
  await session.attach('t', undefined)
  faults.deaf = true
  await fill('t', 'bcde')
  faults.deaf = false
  await fill('t', 'f')
  expect(peer.take()).toEqual(['t:verify', 't:e', 't:f'])
  expect(peer.batches[0]?.prev).toBeUndefined()
})

test('an attach fails with a retryable error that does not tell about the log, and leaves nothing behind', async () => {
  const { open, faults, gateway, records, tails } = setup()
  const { session } = await open()
  faults.readsFail = true
  const failing = session.attach('t', undefined)
  await expect(failing).rejects.toMatchObject({ kind: 'retry', code: 'log_failed' })
  await expect(failing).rejects.not.toThrow(/secret-host/)
  expect(records.some((record) => record.kind === 'failed')).toBe(true)
  expect([gateway.stats().readers, tails.size]).toEqual([0, 0])
  faults.readsFail = false
  expect((await session.attach('t', undefined)).head).toBe(0)
})

test('attaching twice keeps one feed, and a failing second attach does not end the first', async () => {
  const { open, fill, faults, gateway } = setup()
  const { session, peer } = await open()
  await session.attach('t', undefined)
  faults.readsFail = true
  await expect(session.attach('t', { seq: 0 })).rejects.toMatchObject({ code: 'log_failed' })
  faults.readsFail = false
  await session.attach('t', { seq: 0 })
  expect(gateway.stats().readers).toBe(1)
  await fill('t', 'a')
  expect(peer.take()).toEqual(['t:a'])
})

test('[D9] a detached topic says nothing more, and an attach that was under way is rejected', async () => {
  const { open, fill, gateway } = setup()
  const { session, peer } = await open()
  const attaching = session.attach('t', undefined)
  session.detach('t')
  await expect(attaching).rejects.toMatchObject({ code: 'unsubscribed' })
  await fill('t', 'a')
  expect([peer.take(), gateway.stats().readers]).toEqual([[], 0])
})

test('[D7] a peer that throws does not hold up the others', async () => {
  const { open, fill } = setup()
  const bad = await open()
  const good = await open()
  await bad.session.attach('t', undefined)
  await good.session.attach('t', undefined)
  bad.peer.items = () => {
    throw new Error('broken')
  }
  await fill('t', 'ab')
  expect(good.peer.take()).toEqual(['t:a', 't:b'])
})
