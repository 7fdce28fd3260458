import { expect, test } from 'vitest'
import { draft, setup } from './setup.ts'

const slow = 2 * 1_048_576

test('[D8] a slow reader is read to from the log once it drained, in order and complete, then live again', async () => {
  const { open, fill, gateway } = setup()
  const { session, peer } = await open()
  await session.attach('t', undefined)
  await fill('t', 'a')
  peer.bufferedBytes = slow
  await fill('t', 'bcdefg')
  expect(peer.take()).toEqual(['t:a'])
  peer.drain()
  await fill('t', 'h')
  await fill('t', 'i')
  expect(peer.take()).toEqual(['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((id) => `t:${id}`))
  expect(gateway.stats()).toMatchObject({ fallbacks: 1, delivered: 9 })
})

test('[D8] slow/two-subscriptions-one-stalled: the other clients of the topic are not held up', async () => {
  const { open, fill } = setup()
  const [stalled, quick] = [await open(), await open()]
  await stalled.session.attach('t', undefined)
  await quick.session.attach('t', undefined)
  stalled.peer.bufferedBytes = slow
  await fill('t', 'ab')
  expect([stalled.peer.take(), quick.peer.take()]).toEqual([[], ['t:a', 't:b']])
})

test('[D8] a reader far behind is sent bounded pages, and none while it is slow', async () => {
  const { open, memory, clock, counts } = setup()
  const { session, peer } = await open()
  await session.attach('t', undefined)
  peer.bufferedBytes = slow
  for (let first = 0; first < 1000; first += 100)
    await memory.append(
      't',
      Array.from({ length: 100 }, (_, index) => draft(`e${first + index}`)),
    )
  await clock.settle()
  const before = counts.reads
  const items = peer.items.bind(peer)
  peer.items = (batch) => {
    items(batch)
    peer.bufferedBytes = slow
  }
  for (let page = 1; page <= 4; page++) {
    peer.drain()
    await clock.settle()
    expect([peer.told.length, counts.reads - before]).toEqual([Math.min(1000, page * 256), page])
  }
  expect(new Set(peer.told).size).toBe(1000)
})

test('[D4] what was trimmed meanwhile stays a hole, for the client to read as a gap', async () => {
  const { open, fill, clock } = setup({ logOptions: { retention: { maxEvents: 2 } } })
  const { session, peer } = await open()
  await session.attach('t', undefined)
  await fill('t', 'a')
  peer.bufferedBytes = slow
  await fill('t', 'bcde')
  peer.drain()
  await clock.settle()
  await fill('t', 'f')
  expect(peer.take()).toEqual(['t:a', 't:d', 't:e', 't:f'])
  expect(peer.batches[1]?.prev).toBeUndefined()
})

test('a heartbeat to a slow reader says how far it was sent to, not how far the topic is', async () => {
  const { open, fill, clock } = setup({ heartbeatMs: 1000 })
  const { session, peer } = await open()
  await session.attach('t', undefined)
  await fill('t', 'a')
  peer.bufferedBytes = slow
  await fill('t', 'bc')
  await clock.advance(1000)
  expect(peer.heads.at(-1)?.get('t')).toEqual({ epoch: 'epoch-1', seq: 1, mark: 'a' })
})

test('a log that fails while a slow reader catches up makes the client verify by itself', async () => {
  const { open, fill, faults } = setup()
  const { session, peer } = await open()
  await session.attach('t', undefined)
  peer.bufferedBytes = slow
  await fill('t', 'ab')
  faults.readsFail = true
  peer.drain()
  await fill('t', 'c')
  expect(peer.take()).toContain('t:verify')
})
