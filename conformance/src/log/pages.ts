import { markOf, type Page, type WireEvent } from '@steadywire/core'
import { drafts, fill, readAll, seqs } from '../drafts.ts'
import { assert, range } from '../facts.ts'
import type { Case } from '../suite.ts'
import type { LogWorld } from './harness.ts'

/** D1b, D1c: what a page says, and what it proves. */
export const pages: readonly Case<LogWorld>[] = [
  {
    clause: 'D1b',
    name: 'log/page-one-snapshot-under-append',
    async run({ log, second, topic }) {
      await fill(log, topic, 20)
      let writing = true
      const write = async () => {
        for (const _ of range(1, 10)) await log.append(topic, drafts(3))
      }
      const writers = Promise.all([write(), write(), write()]).finally(() => {
        writing = false
      })
      const held: Page[] = []
      do held.push(await second.read(topic, { after: { seq: 0 }, limit: 1000 }))
      while (writing)
      await writers
      const events = await readAll(log, topic)
      for (const page of held) assertTrue(page, events)
    },
  },
  {
    clause: 'D1b',
    name: 'log/page-one-snapshot-under-trim',
    async run({ log, second, topic, trim }) {
      await fill(log, topic, 120)
      const events = await readAll(log, topic)
      const cut = async () => {
        for (const seq of range(1, 40)) await trim?.(topic, seq * 3 - 1)
      }
      let cutting = true
      const trimming = cut().finally(() => {
        cutting = false
      })
      const held: Page[] = []
      do held.push(await second.read(topic, { after: { seq: 0 }, limit: 1000 }))
      while (cutting)
      await trimming
      for (const page of held) assertTrue(page, events)
      return trim ? undefined : 'degraded'
    },
  },
  {
    clause: 'D1c',
    name: 'log/page-says-what-it-proves',
    async run({ log, topic }) {
      await fill(log, topic, 10)
      const events = await readAll(log, topic)
      const cut = await log.read(topic, { limit: 4 })
      assert.deepEqual([seqs(cut.events), cut.through, cut.head, cut.oldest], [[1, 2, 3, 4], 4, 10, 1])
      assertTrue(cut, events)
      const rest = await log.read(topic, { after: { seq: 4, epoch: events[3]?.epoch ?? '' }, limit: 100 })
      assert.deepEqual([seqs(rest.events), rest.through, rest.head], [range(5, 10), 10, 10])
      assertTrue(rest, events, 4)
      const whole = await log.read(topic, { limit: 10 })
      assert.equal(whole.through, 10, 'a page that ends with the log proves it up to the head')
      const none = await log.read(topic, { after: { seq: 10, epoch: events[0]?.epoch ?? '' }, limit: 10 })
      assert.deepEqual([seqs(none.events), none.through, none.throughMark], [[], 10, markOf(events[9]?.id ?? '')])
    },
  },
  {
    clause: 'D1c',
    name: 'log/page-walk-meets-every-event-once',
    async run({ log, topic }) {
      await fill(log, topic, 57)
      for (const limit of [1, 7, 57, 100]) {
        const met: number[] = []
        let page = await log.read(topic, { limit })
        for (;;) {
          assert.ok(page.events.length <= limit, 'a page keeps its limit')
          met.push(...seqs(page.events))
          if (page.through >= page.head) break
          page = await log.read(topic, { after: afterPage(page), limit })
        }
        assert.deepEqual(met, range(1, 57), `pages of ${limit}`)
      }
    },
  },
  {
    clause: 'D1c',
    name: 'log/page-below-a-seq',
    async run({ log, topic }) {
      await fill(log, topic, 20)
      const page = await log.read(topic, { before: 8, limit: 100 })
      assert.deepEqual(seqs(page.events), range(1, 7))
      assert.ok(page.through <= 7, 'nothing is proven at or above `before`')
      assert.equal(page.head, 20)
      const between = await log.read(topic, { after: { seq: 2, epoch: page.epoch ?? '' }, before: 6, limit: 100 })
      assert.deepEqual(seqs(between.events), [3, 4, 5])
    },
  },
  {
    clause: 'D1c',
    name: 'log/page-of-the-newest',
    async run({ log, topic }) {
      await fill(log, topic, 20)
      const newest = await log.read(topic, { last: true, limit: 5 })
      assert.deepEqual(
        [seqs(newest.events), newest.head, newest.through],
        [range(16, 20), 20, 20],
        'ascending, up to the head',
      )
      const below = await log.read(topic, { last: true, before: 16, limit: 5 })
      assert.deepEqual(seqs(below.events), range(11, 15))
      const few = await log.read(topic, { last: true, limit: 50 })
      assert.deepEqual(seqs(few.events), range(1, 20))
    },
  },
  {
    clause: 'D1c',
    name: 'log/page-of-the-unborn',
    async run({ log, topic }) {
      const page = await log.read(topic, { limit: 10 })
      assert.deepEqual([page.epoch, page.oldest, page.head, page.through, page.events], [undefined, 1, 0, 0, []])
      const last = await log.read(topic, { last: true, limit: 10 })
      assert.deepEqual([last.epoch, last.head, last.events], [undefined, 0, []])
      await log.append(topic, drafts(2))
      const born = await log.read(topic, { after: { seq: 0 }, limit: 10 })
      assert.deepEqual(seqs(born.events), [1, 2], 'a position without an epoch comes before everything')
    },
  },
  {
    clause: 'D1c',
    name: 'log/page-beyond-the-head',
    async run({ log, topic }) {
      await fill(log, topic, 3)
      const { epoch = '' } = await log.read(topic, { limit: 1 })
      const page = await log.read(topic, { after: { epoch, seq: 9 }, limit: 10 })
      assert.deepEqual([page.events, page.head, page.epoch], [[], 3, epoch])
      assert.ok(page.through <= 3, 'a page proves nothing beyond the head')
    },
  },
]

function afterPage(page: Page) {
  return {
    seq: page.through,
    ...(page.epoch !== undefined && { epoch: page.epoch }),
    ...(page.throughMark !== undefined && { mark: page.throughMark }),
  }
}

/** Whether a page fits one moment of a log that has held `events`. */
function assertTrue(page: Page, events: readonly WireEvent[], after = 0): void {
  const bySeq = new Map(events.map((event) => [event.seq, event]))
  assert.deepEqual(
    seqs(page.events),
    range(Math.max(after + 1, page.oldest), page.through),
    'everything from the oldest to `through` is there',
  )
  assert.ok(page.through <= page.head, '`through` is not beyond the head')
  for (const [seq, mark] of [
    [page.head, page.mark],
    [page.through, page.throughMark],
  ] as const) {
    const event = bySeq.get(seq)
    if (event) assert.equal(mark, markOf(event.id), `the mark at ${seq} is that of its event`)
  }
}
