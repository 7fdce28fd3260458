import { markOf, type WireItem } from '@steadywire/core'
import { drafts, readAll, seqs } from '../drafts.ts'
import { assert, never, range, until } from '../facts.ts'
import type { Case } from '../suite.ts'
import { firstSeqOf, lastSeqOf } from './direct.ts'
import type { TransportWorld } from './world.ts'

/** D1b, D1c, D1h, D1i, D4h: what the adapter itself reports, without the core: pages, feeds and heads. */
export const reports: readonly Case<TransportWorld>[] = [
  {
    clause: 'D1b',
    name: 'complete/page-is-one-snapshot',
    async run(world) {
      await world.append(20)
      const { connection } = await world.direct()
      const { signal } = new AbortController()
      world.log.afterRead = async (topic) => void (await world.log.append(topic, drafts(2)))
      for (const _ of range(1, 20)) {
        const page = await connection.read(world.topic, { limit: 1000 }, signal)
        assert.deepEqual(seqs(page.events), range(1, page.through), 'everything up to `through` is on the page')
        assert.equal(page.through, page.head, 'and nothing was left out for the limit')
      }
      const { head } = await world.log.read(world.topic, { limit: 1 })
      assert.ok(head >= 58, 'the topic grew with every read')
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
          if (prev !== undefined)
            assert.equal(prev, markOf(before?.id ?? ''), '`prev` is the mark of the event before it')
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
      const events = await readAll(world.log, world.topic)
      for (const at of feed.heads) {
        if (!at) continue
        const event = events[at.seq - 1]
        assert.ok(event, `the log never had ${at.seq}`)
        if (at.mark !== undefined) assert.equal(at.mark, markOf(event.id), `the mark at ${at.seq} is that of its event`)
      }
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
  {
    clause: 'D4h',
    name: 'honest/page-of-another-epoch-has-no-events',
    async run(world) {
      await world.append(5)
      const { epoch } = await world.log.read(world.topic, { limit: 1 })
      const { connection } = await world.direct()
      const { signal } = new AbortController()
      const page = await connection.read(world.topic, { after: { epoch: 'another', seq: 2 }, limit: 10 }, signal)
      assert.deepEqual([page.events, page.epoch, page.head], [[], epoch, 5])
      const rewound = await connection.read(
        world.topic,
        { after: { epoch: epoch ?? '', seq: 3, mark: 'another0' }, limit: 10 },
        signal,
      )
      assert.deepEqual([rewound.events, rewound.rewound], [[], true])
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
