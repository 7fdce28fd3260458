import { markOf, type Page } from '@steadywire/core'
import { assert, never, range, until } from '../facts.ts'
import type { Case } from '../suite.ts'
import { away } from './aids.ts'
import type { SourceLog } from './source.ts'
import type { TransportWorld } from './world.ts'

/** D4b, D4c, D4e: the log is another one, or only one node says so. */
export const anotherLog: readonly Case<TransportWorld>[] = [
  {
    clause: 'D4b',
    name: 'honest/log-recreated-while-away',
    async run(world) {
      await world.append(8)
      const reader = world.follow({ from: 'start' })
      await reader.reached(8)
      await away(world, async () => {
        await world.log.recreate()
        await world.append(3)
      })
      await until('the gap', () => reader.gaps.length > 0)
      await world.append(2)
      await until('the new log to be followed', () => reader.seqs().at(-1) === 5)
      assert.deepEqual([reader.gaps.length, reader.gaps[0]?.reason, reader.gaps[0]?.to.seq], [1, 'epoch', 3])
      assert.deepEqual(reader.seqs(), [...range(1, 8), 4, 5])
    },
  },
  {
    clause: 'D4b',
    name: 'honest/log-recreated-over-a-server-restart',
    async run(world) {
      await world.append(4)
      const reader = world.follow({ from: 'start' })
      await reader.reached(4)
      await world.restartServer(async () => {
        await world.log.recreate()
        await world.append(9)
      })
      await until('the gap', () => reader.gaps.length > 0)
      await world.append(1)
      await until('the new log to be followed', () => reader.seqs().at(-1) === 10)
      assert.deepEqual([reader.gaps.length, reader.gaps[0]?.reason], [1, 'epoch'])
    },
  },
  {
    clause: 'D4b',
    name: 'replay/epoch-between-pages-and-straggler',
    async run(world) {
      await world.append(1500)
      const straggler = (await world.log.read(world.topic, { last: true, limit: 1 })).events
      let pages = 0
      world.faults.page = async (page) => {
        pages += 1
        if (pages === 2) {
          await world.log.recreate()
          await world.append(10)
          world.faults.inject((sink) => sink.events(straggler))
        }
        return page
      }
      const reader = world.follow({ from: 'start', buffer: 100 })
      await until('the gap', () => reader.gaps.length > 0)
      world.faults.inject((sink) => sink.events(straggler))
      await world.append(3)
      await until('the new log to be followed', () => reader.seqs().at(-1) === 13)
      const [gap] = reader.gaps
      assert.deepEqual([reader.gaps.length, gap?.reason, gap?.to.seq], [1, 'epoch', 10], reader.story())
      assert.deepEqual(reader.seqs(), [...range(1, gap?.from.seq ?? 0), 11, 12, 13])
    },
  },
  {
    clause: 'D4c',
    name: 'replay/rewound-between-pages',
    async run(world) {
      await world.append(3000)
      let pages = 0
      world.faults.page = async (page) => {
        pages += 1
        if (pages === 2) {
          await world.log.rewind(world.topic, 200)
          await world.append(2800)
        }
        return page
      }
      const reader = world.follow({ from: 'start' })
      await until('the gap', () => reader.gaps.length > 0)
      await world.append(3)
      await until('the new log to be followed', () => reader.seqs().at(-1) === 3003)
      const [gap] = reader.gaps
      const { from, to } = gap ?? { from: { seq: 0 }, to: { seq: 0 } }
      assert.deepEqual([reader.gaps.length, gap?.reason], [1, 'rewound'], reader.story())
      // A page that was asked for ahead may see the new log while it grows.
      assert.ok(to.seq > 200 && to.seq <= 3000, `the gap ends with the new log, not at ${to.seq}`)
      assert.deepEqual(reader.seqs(), [...range(1, from.seq), ...range(to.seq + 1, 3003)])
    },
  },
  {
    clause: 'D4c',
    name: 'honest/log-rewound-while-away',
    async run(world) {
      await world.append(10)
      const reader = world.follow({ from: 'start' })
      await reader.reached(10)
      await away(world, async () => world.log.rewind(world.topic, 6))
      await until('the gap', () => reader.gaps.length > 0)
      await world.append(2)
      await until('the stream to go on', () => reader.events.length >= 12)
      assert.equal(reader.story(), `${range(1, 10).join(' ')} gap:rewound(10-6) 7 8`)
    },
  },
  {
    clause: 'D4c',
    name: 'honest/log-rewound-and-grown-beyond',
    async run(world) {
      await world.append(10)
      const reader = world.follow({ from: 'start' })
      await reader.reached(10)
      await away(world, async () => {
        await world.log.rewind(world.topic, 6)
        await world.append(14)
      })
      await until('the gap', () => reader.gaps.length > 0)
      await world.append(1)
      await reader.reached(21)
      assert.equal(reader.story(), `${range(1, 10).join(' ')} gap:rewound(10-20) 21`)
    },
  },
  {
    clause: 'D4c',
    name: 'live/rewind-under-open-feed',
    async run(world) {
      await world.append(10)
      const reader = world.follow({ from: 'start' })
      await reader.reached(10)
      await reader.caughtUp(1)
      await world.log.rewind(world.topic, 9)
      await world.append(3)
      await until('the gap', () => reader.gaps.length > 0)
      await world.append(2)
      await until('the stream to go on', () => reader.seqs().at(-1) === 14)
      assert.deepEqual(
        [reader.gaps.length, reader.gaps[0]?.reason, reader.gaps[0]?.to.seq],
        [1, 'rewound', 12],
        reader.story(),
      )
      assert.deepEqual(reader.seqs(), [...range(1, 10), 13, 14])
    },
  },
  {
    clause: 'D4c',
    name: 'live/rewind-that-only-a-mark-shows',
    async run(world) {
      await world.append(10)
      const reader = world.follow({ from: 'start' })
      await reader.reached(10)
      await reader.caughtUp(1)
      world.faults.loseHeads = true
      world.faults.tamper = () => []
      await world.log.rewind(world.topic, 8)
      await world.append(2)
      let marked = false
      let arrived = false
      world.faults.tamper = (items) => {
        const readers = items.filter((item) => 'seq' in item && item.seq > 10)
        arrived ||= readers.length > 0
        marked ||= readers.some(({ prev }) => prev !== undefined)
        return readers.length > 0 ? [readers] : []
      }
      await world.append(1)
      await until('the event after the rewind', () => arrived)
      if (!marked) {
        world.faults.loseHeads = false
        await world.log.rewind(world.topic, 9)
      }
      await until('the gap', () => reader.gaps.length > 0)
      assert.equal(reader.gaps[0]?.reason, 'rewound')
      if (marked) assert.equal(reader.story(), `${range(1, 10).join(' ')} gap:rewound(10-11)`)
      return marked ? undefined : 'degraded'
    },
  },
  {
    clause: 'D4e',
    name: 'node/stale-node-says-old-epoch',
    async run(world) {
      await world.append(6)
      const reader = world.follow({ from: 'start' })
      await reader.reached(6)
      const stale: Page = { epoch: 'an-old-one', oldest: 1, head: 40, mark: 'elsewhen', events: [], through: 40 }
      let asked = 0
      world.faults.page = async (page) => {
        asked += 1
        return asked === 1 ? stale : page
      }
      await away(world, () => world.append(4))
      await reader.reached(10)
      assert.ok(asked >= 2, 'the stale node was asked')
      reader.assertExactly(1, 10)
      assert.deepEqual(reader.gaps, [])
    },
  },
  {
    clause: 'D4e',
    name: 'node/behind-cursor-is-no-gap',
    async run(world) {
      await world.append(10)
      const reader = world.follow({ from: 'start' })
      await reader.reached(10)
      const behind = await lagging(world.log, world.topic, 7)
      let asked = 0
      world.faults.page = async (page) => {
        asked += 1
        return asked === 1 ? behind : page
      }
      await away(world, () => world.append(3))
      await reader.reached(13)
      reader.assertExactly(1, 13)
      assert.deepEqual(reader.gaps, [])
    },
  },
  {
    clause: 'D4e',
    name: 'node/nothing-is-delivered-while-in-doubt',
    async run(world) {
      await world.append(10)
      const reader = world.follow({ from: 'start' }, { staleMs: 60_000 })
      await reader.reached(10)
      const behind = await lagging(world.log, world.topic, 7)
      world.faults.page = async () => behind
      await away(world, () => world.append(3))
      await until('the doubt', () => reader.statuses.at(-1) === 'delayed')
      await world.append(2)
      await never('an event or a gap while in doubt', () => reader.events.length > 10 || reader.gaps.length > 0, 150)
    },
  },
]

/** What a replica says that has seen only the first `seq` events. */
async function lagging(log: SourceLog, topic: string, seq: number): Promise<Page> {
  const { epoch = '', events } = await log.read(topic, { limit: seq })
  const mark = markOf(events.at(-1)?.id ?? '')
  return { epoch, oldest: 1, head: seq, mark, through: seq, throughMark: mark, events: [] }
}
