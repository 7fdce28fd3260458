import { memoryCursors } from '@steadywire/core'
import { assert, range, until } from '../facts.ts'
import type { Case } from '../suite.ts'
import { away } from './aids.ts'
import type { TransportWorld } from './world.ts'

/** D4, D4a, D4f, D4j: what cannot be had is said, and nothing else is. */
export const honest: readonly Case<TransportWorld>[] = [
  {
    clause: 'D4a',
    name: 'honest/trimmed-while-away',
    async run(world) {
      await world.append(5)
      const reader = world.follow({ from: 'start' })
      await reader.reached(5)
      await away(world, async () => {
        await world.append(10)
        await world.log.trim(world.topic, 12)
      })
      await reader.reached(15)
      assert.equal(reader.story(), '1 2 3 4 5 gap:trimmed(5-12) 13 14 15')
      const continuity = await reader.caughtUp(2)
      assert.deepEqual([continuity.kind, 'count' in continuity && continuity.count], ['lost', 3])
    },
  },
  {
    clause: 'D4',
    name: 'honest/one-gap-for-one-loss',
    async run(world) {
      await world.append(3)
      const reader = world.follow({ from: 'start' })
      await reader.reached(3)
      await away(world, async () => {
        await world.append(20)
        await world.log.trim(world.topic, 8)
        await world.log.trim(world.topic, 15)
      })
      await world.append(5)
      await reader.reached(28)
      assert.equal(reader.story(), `1 2 3 gap:trimmed(3-15) ${range(16, 28).join(' ')}`)
    },
  },
  {
    clause: 'D4',
    name: 'honest/all-of-it-trimmed',
    async run(world) {
      await world.append(3)
      const reader = world.follow({ from: 'start' })
      await reader.reached(3)
      await away(world, async () => {
        await world.append(5)
        await world.log.trim(world.topic, 8)
      })
      await until('the gap', () => reader.gaps.length > 0)
      await world.append(1)
      await reader.reached(9)
      assert.equal(reader.story(), '1 2 3 gap:trimmed(3-8) 9')
    },
  },
  {
    clause: 'D4a',
    name: 'replay/trimmed-between-pages',
    async run(world) {
      await world.append(2500)
      let pages = 0
      world.faults.page = async (page) => {
        pages += 1
        if (pages === 2) await world.log.trim(world.topic, 2200)
        return page
      }
      const reader = world.follow({ from: 'start', buffer: 100 })
      await reader.reached(2500)
      const [gap] = reader.gaps
      assert.equal(reader.gaps.length, 1, reader.story())
      assert.deepEqual([gap?.reason, gap?.to.seq], ['trimmed', 2200])
      assert.deepEqual(reader.seqs(), [...range(1, gap?.from.seq ?? 0), ...range(2201, 2500)])
    },
  },
  {
    clause: 'D4f',
    name: 'attach/unborn-topic-first-append',
    async run(world) {
      const reader = world.follow({ from: 'now' })
      await reader.caughtUp(1)
      await world.append(3)
      await reader.reached(3)
      reader.assertExactly(1, 3)
      assert.deepEqual(reader.gaps, [])
    },
  },
  {
    clause: 'D4f',
    name: 'attach/unborn-topic-from-a-stored-cursor',
    async run(world) {
      const cursors = memoryCursors()
      const first = world.follow({ from: 'now', name: 'app' }, { cursors })
      await first.caughtUp(1)
      await until('the cursor', () => first.subscription.cursor !== undefined)
      await first.subscriber.close()
      await world.append(3)
      const second = world.follow({ from: 'now', name: 'app' }, { cursors })
      await second.reached(3)
      second.assertExactly(1, 3)
      assert.deepEqual(second.gaps, [])
    },
  },
  {
    clause: 'D4j',
    name: 'honest/continuity-is-said-each-time',
    async run(world) {
      await world.append(3)
      const reader = world.follow({ from: 'start' })
      assert.deepEqual(await reader.caughtUp(1), { kind: 'fresh', count: 3 })
      await away(world, async () => {})
      assert.deepEqual(await reader.caughtUp(2), { kind: 'continuous' })
      await away(world, () => world.append(4))
      assert.deepEqual(await reader.caughtUp(3), { kind: 'recovered', count: 4 })
      await away(world, async () => {
        await world.append(5)
        await world.log.trim(world.topic, 9)
      })
      const lost = await reader.caughtUp(4)
      assert.deepEqual(
        [lost.kind, 'gap' in lost && lost.gap.reason, 'count' in lost && lost.count],
        ['lost', 'trimmed', 3],
      )
      assert.deepEqual(reader.subscription.continuity, lost)
    },
  },
]
