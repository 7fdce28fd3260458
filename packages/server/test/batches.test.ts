import type { WireEvent } from '@steadywire/core'
import { expect, test } from 'vitest'
import { batchesOf, maxBatchBytes } from '../src/batches.ts'
import { draft, setup } from './setup.ts'

const event = (seq: number, text = ''): WireEvent => ({
  id: `e${seq}`,
  topic: 't',
  seq,
  epoch: 'e',
  type: 'said',
  time: 0,
  data: text,
})

test('[D8] a batch has so many items and so much text, and one item always goes', () => {
  const sizes = (events: WireEvent[]) => batchesOf(events).map((batch) => batch.length)
  expect(sizes([])).toEqual([])
  expect(sizes(Array.from({ length: 600 }, (_, seq) => event(seq)))).toEqual([256, 256, 88])
  const large = 'x'.repeat(maxBatchBytes / 4)
  expect(sizes(Array.from({ length: 8 }, (_, seq) => event(seq, large)))).toEqual([3, 3, 2])
  expect(sizes([event(1), event(2, 'x'.repeat(maxBatchBytes)), event(3)])).toEqual([1, 1, 1])
})

test('[D8] heavy events of one turn leave in bounded batches, live and to a slow reader, and nothing is lost', async () => {
  const { open, memory, clock } = setup()
  const { session, peer } = await open()
  await session.attach('t', undefined)
  const append = async (prefix: string) => {
    const drafts = Array.from({ length: 20 }, (_, n) => draft(`${prefix}${n}`, { data: 'x'.repeat(40_000) }))
    await memory.append('t', drafts)
    await clock.settle()
  }
  await append('live')
  peer.bufferedBytes = 2_000_000
  await append('slow')
  peer.drain()
  await clock.settle()
  expect(peer.told).toHaveLength(40)
  expect(new Set(peer.told).size).toBe(40)
  expect(peer.batches.length).toBeGreaterThan(6)
  for (const { text } of peer.batches) expect(text.length).toBeLessThanOrEqual(maxBatchBytes)
})

test('stats count the text that is handed over, for each peer, as it sees it', async () => {
  const { open, fill, gateway } = setup({
    authorise: ({ token }) => ({ may: () => true, ...(token && { visible: () => false }) }),
  })
  const clients = [await open(), await open(), await open('blind')]
  for (const { session } of clients) await session.attach('t', undefined)
  await fill('t', 'ab')
  const texts = clients.flatMap(({ peer }) => peer.batches.map(({ text }) => text.length))
  expect(texts).toHaveLength(6)
  expect(gateway.stats().bytes).toBe(texts.reduce((sum, length) => sum + length, 0))
})
