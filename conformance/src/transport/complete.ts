import type { WireItem } from '@steadywire/core'
import { draft, drafts, readAll, seqs } from '../drafts.ts'
import { assert, never, range, until } from '../facts.ts'
import type { Case } from '../suite.ts'
import { firstSeqOf, lastSeqOf } from './direct.ts'
import type { TransportWorld } from './world.ts'

/** D1 to D1i: every event comes. */
export const complete: readonly Case<TransportWorld>[] = [
  {
    clause: 'D1',
    name: 'complete/from-the-start-and-on',
    async run(world) {
      await world.append(300)
      const reader = world.follow({ from: 'start' })
      await reader.reached(300)
      await world.append(100)
      await reader.reached(400)
      reader.assertExactly(1, 400)
      assert.deepEqual(
        reader.events.map(({ data }) => data),
        range(1, 400),
        'with the data that was appended',
      )
    },
  },
  {
    clause: 'D1',
    name: 'complete/the-newest-and-on',
    async run(world) {
      await world.append(80)
      const reader = world.follow({ from: { last: 30 } })
      await reader.caughtUp(1)
      await world.append(5)
      await reader.reached(85)
      reader.assertExactly(51, 85)
    },
  },
  {
    clause: 'D1',
    name: 'complete/from-now-on',
    async run(world) {
      await world.append(10)
      const reader = world.follow()
      await reader.caughtUp(1)
      await world.append(7)
      await reader.reached(17)
      reader.assertExactly(11, 17)
    },
  },
  {
    clause: 'D1',
    name: 'complete/ten-thousand-backlog',
    async run(world) {
      await world.append(10_000)
      const reader = world.follow({ from: 'start' })
      await reader.reached(10_000, 15_000)
      reader.assertExactly(1, 10_000)
    },
  },
  {
    clause: 'D1',
    name: 'complete/frames-get-lost',
    async run(world) {
      const reader = world.follow({ from: 'start' })
      await reader.caughtUp(1)
      let frames = 0
      world.faults.tamper = (items) => (frames++ % 3 === 1 ? [] : [items])
      for (const _ of range(1, 60)) await world.append(2)
      await reader.reached(120)
      reader.assertExactly(1, 120)
    },
  },
  {
    clause: 'D1',
    name: 'complete/a-chunk-of-bytes-gets-lost',
    async run(world) {
      const reader = world.follow({ from: 'start' })
      await reader.caughtUp(1)
      const { proxy } = world
      for (const n of range(1, 6)) {
        const lost = proxy?.loseNext(`the lost one, ${n}`)
        if (!proxy) world.faults.tamper = () => []
        await world.log.append(world.topic, [draft(`the lost one, ${n}`)])
        await lost
        world.faults.tamper = undefined
        await world.append(1)
      }
      await reader.reached(12)
      reader.assertExactly(1, 12)
      return proxy ? undefined : 'degraded'
    },
  },
  {
    clause: 'D1',
    name: 'complete/cut-in-the-middle-of-a-frame',
    async run(world) {
      const reader = world.follow({ from: 'start' })
      await reader.caughtUp(1)
      for (const bytes of [1, 60, 150, 333, 700]) {
        world.wire.cutAfter(bytes)
        await world.append(20)
      }
      await reader.reached(100)
      reader.assertExactly(1, 100)
    },
  },
  {
    clause: 'D1',
    name: 'complete/over-a-slow-line',
    async run(world) {
      await world.append(50)
      world.wire.throttle(100_000)
      world.wire.delay(20)
      const reader = world.follow({ from: 'start' })
      await reader.reached(50)
      await world.append(30)
      await reader.reached(80)
      reader.assertExactly(1, 80)
    },
  },
  {
    clause: 'D1a',
    name: 'attach/last-event-lost-then-silence',
    async run(world) {
      const reader = world.follow({ from: 'start' })
      await reader.caughtUp(1)
      await world.append(5)
      await reader.reached(5)
      world.faults.tamper = () => []
      await world.append(1)
      await reader.reached(6, 3000)
      reader.assertExactly(1, 6)
    },
  },
  {
    clause: 'D1a',
    name: 'complete/without-heads-the-audit-finds-it',
    async run(world) {
      world.faults.limit({ heads: false })
      world.faults.loseHeads = true
      const reader = world.follow({ from: 'start' })
      await reader.caughtUp(1)
      world.faults.tamper = () => []
      await world.append(3)
      await reader.reached(3, 3000)
      reader.assertExactly(1, 3)
    },
  },
  {
    clause: 'D1b',
    name: 'complete/page-is-one-snapshot',
    async run(world) {
      await world.append(20)
      const { connection } = await world.direct()
      const { signal } = new AbortController()
      let writing = true
      const writer = (async () => {
        for (const _ of range(1, 40)) await world.append(2)
      })().finally(() => {
        writing = false
      })
      while (writing) {
        const page = await connection.read(world.topic, { limit: 1000 }, signal)
        assert.deepEqual(seqs(page.events), range(1, page.through), 'everything up to `through` is on the page')
        assert.ok(page.through <= page.head)
      }
      await writer
    },
  },
  {
    clause: 'D1c',
    name: 'complete/page-says-what-it-proves',
    async run(world) {
      await world.append(30)
      const events = await readAll(world.log, world.topic)
      const { connection } = await world.direct()
      const { signal } = new AbortController()
      for (const wish of [
        { limit: 10 },
        { limit: 1000 },
        { limit: 7, after: { seq: 12, epoch: events[0]?.epoch ?? '' } },
        { limit: 5, last: true },
        { limit: 5, last: true, before: 20 },
        { limit: 100, before: 8 },
      ]) {
        const page = await connection.read(world.topic, wish, signal)
        const truth = await world.log.read(world.topic, wish)
        assert.deepEqual(page, truth, `the page of ${JSON.stringify(wish)} is the log's`)
      }
    },
  },
  {
    clause: 'D1c',
    name: 'complete/limited-pages-are-walked',
    async run(world) {
      await world.append(2500)
      const reader = world.follow({ from: 'start', buffer: 40 })
      await reader.reached(2500, 10_000)
      reader.assertExactly(1, 2500)
    },
  },
  {
    clause: 'D1d',
    name: 'replay/all-hidden-page-progresses',
    async run(world) {
      world.rights.hide(({ seq }) => seq > 5 && seq <= 2300)
      await world.append(2305)
      const reader = world.follow({ from: 'start' })
      await reader.reached(2305)
      assert.deepEqual(reader.seqs(), [...range(1, 5), ...range(2301, 2305)])
      assert.deepEqual(reader.gaps, [], 'what is hidden is no gap')
    },
  },
  {
    clause: 'D1d',
    name: 'complete/hidden-live-events-are-no-holes',
    async run(world) {
      world.rights.hide(({ seq }) => seq % 3 !== 0)
      const reader = world.follow({ from: 'start' })
      await reader.caughtUp(1)
      for (const _ of range(1, 10)) await world.append(3)
      await reader.reached(30)
      assert.deepEqual(
        reader.seqs(),
        range(1, 10).map((n) => n * 3),
      )
      await world.append(2)
      await until('the position to pass what is hidden', () => reader.subscription.cursor?.startsWith('32~'))
    },
  },
  {
    clause: 'D1d',
    name: 'live/lost-between-skips',
    async run(world) {
      world.rights.hide(({ seq }) => seq % 2 === 1)
      const reader = world.follow({ from: 'start' })
      await reader.caughtUp(1)
      world.faults.tamper = (items) => [items.filter((item) => 'skip' in item || item.seq % 4 !== 0)]
      for (const _ of range(1, 20)) await world.append(2)
      await reader.reached(40)
      assert.deepEqual(
        reader.seqs(),
        range(1, 20).map((n) => n * 2),
      )
    },
  },
  {
    clause: 'D1h',
    name: 'complete/feed-carries-every-event-once',
    async run(world) {
      await world.append(10)
      const direct = await world.direct()
      const feed = await direct.attach(world.topic)
      for (const round of range(1, 40)) {
        await world.append(40)
        await feed.reached(10 + round * 40)
      }
      assertRun(feed.items, 11, 10 + 40 * 40)
      const events = await readAll(world.log, world.topic)
      for (const item of feed.items)
        if (!('skip' in item)) {
          const { prev, ...event } = item
          assert.deepEqual(event, events[item.seq - 1], 'each as the log has it')
          const before = events[item.seq - 2]
          if (prev !== undefined) assert.equal(prev, before?.id.slice(-8), '`prev` is the mark of the event before it')
        }
      assert.deepEqual([feed.lost, direct.ends], [[], []])
    },
  },
  {
    clause: 'D1h',
    name: 'complete/two-attaches-of-one-topic-both-hear',
    async run(world) {
      const direct = await world.direct()
      const [one, two] = [await direct.attach(world.topic), await direct.attach(world.topic)]
      await world.append(5)
      await Promise.all([one.reached(5), two.reached(5)])
      one.detach()
      await world.append(5)
      await two.reached(10)
      assertRun(two.items, 1, 10)
    },
  },
  {
    clause: 'D1i',
    name: 'complete/heads-are-true',
    async run(world) {
      await world.append(5)
      const direct = await world.direct()
      const feed = await direct.attach(world.topic)
      assert.deepEqual(
        [feed.page.events, feed.page.through, feed.page.head],
        [[], 5, 5],
        'without `after` an attach answers the head',
      )
      for (const round of range(1, 5)) {
        await world.append(3)
        await feed.reached(5 + round * 3)
      }
      if (world.capabilities.heads)
        for (const _ of range(1, 2)) {
          const { head, epoch, mark } = await world.log.read(world.topic, { limit: 1 })
          await until('the head to be told', () =>
            feed.heads.some((at) => at?.seq === head && at.epoch === epoch && at.mark === mark),
          )
          await world.append(3)
          await feed.reached(head + 3)
        }
      const { head, epoch } = await world.log.read(world.topic, { limit: 1 })
      for (const at of feed.heads) assert.ok(!at || at.seq <= head, `the log never had ${at?.seq}`)
      const asked = await direct.connection.heads?.([world.topic], new AbortController().signal)
      const told = asked?.get(world.topic)
      if (told) assert.deepEqual([told.head, told.epoch, told.oldest], [head, epoch, 1])
      return world.capabilities.heads ? undefined : 'degraded'
    },
  },
  {
    clause: 'D1h',
    name: 'complete/another-topic-is-not-heard',
    async run(world) {
      const direct = await world.direct()
      const feed = await direct.attach(world.topic)
      await world.log.append(`${world.topic}:b`, drafts(5))
      await never('an item of another topic arrives', () => feed.items.length > 0, 50)
    },
  },
]

function assertRun(items: readonly WireItem[], first: number, last: number): void {
  let next = first
  for (const item of items) {
    assert.equal(firstSeqOf(item), next, `item ${next} follows, not ${firstSeqOf(item)}`)
    next = lastSeqOf(item) + 1
  }
  assert.equal(next, last + 1, `up to ${last}`)
}
