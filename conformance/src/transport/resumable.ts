import { type CursorStore, memoryCursors } from '@steadywire/core'
import { assert, deferred, never, range, until } from '../facts.ts'
import type { Case } from '../suite.ts'
import { away } from './aids.ts'
import { crashable } from './crash.ts'
import type { TransportWorld } from './world.ts'

/** D5 to D5e: lines break, servers and apps restart. */
export const resumable: readonly Case<TransportWorld>[] = [
  ...(['cut', 'reset'] as const).map(
    (how): Case<TransportWorld> => ({
      clause: 'D5',
      name: `resumable/${how}`,
      async run(world) {
        const reader = world.follow({ from: 'start' })
        await reader.caughtUp(1)
        for (const round of range(1, 5)) {
          await world.append(3)
          world.wire[how]()
          await world.append(3)
          await reader.caughtUp(round + 1)
        }
        await reader.reached(30)
        reader.assertExactly(1, 30)
        assert.deepEqual(reader.gaps, [])
      },
    }),
  ),
  {
    clause: 'D5',
    name: 'resumable/half-open',
    async run(world) {
      const reader = world.follow({ from: 'start' })
      await reader.caughtUp(1)
      world.wire.stall()
      await world.append(5)
      await until('the dead line to be left', () => reader.statuses.at(-1) === 'attaching')
      world.wire.flow()
      await reader.reached(5)
      await world.append(5)
      await reader.reached(10)
      reader.assertExactly(1, 10)
    },
  },
  {
    clause: 'D5',
    name: 'resumable/server-restart',
    async run(world) {
      const reader = world.follow({ from: 'start' })
      await reader.caughtUp(1)
      await world.append(5)
      await world.restartServer(() => world.append(5))
      await reader.reached(10)
      await world.append(5)
      await reader.reached(15)
      reader.assertExactly(1, 15)
      assert.deepEqual(reader.gaps, [])
    },
  },
  {
    clause: 'D5',
    name: 'resumable/tails-lost-at-the-server',
    async run(world) {
      const reader = world.follow({ from: 'start' })
      await reader.caughtUp(1)
      await world.append(2)
      await reader.reached(2)
      const { tails } = world.log
      await world.log.breakTails()
      await world.append(2)
      await reader.reached(4)
      await world.append(2)
      await reader.reached(6)
      reader.assertExactly(1, 6)
      assert.deepEqual(reader.gaps, [])
      return tails > 0 ? undefined : 'degraded'
    },
  },
  {
    clause: 'D5',
    name: 'resumable/under-load',
    async run(world) {
      const reader = world.follow({ from: 'start' })
      await reader.caughtUp(1)
      for (const round of range(1, 40)) {
        await world.append(25)
        if (round % 8 === 0) world.wire.reset()
        else if (round % 4 === 0) world.wire.cutAfter(500)
      }
      await reader.reached(1000)
      reader.assertExactly(1, 1000)
      assert.ok(world.wire.tried > 1, 'the line was broken')
    },
  },
  {
    clause: 'D5a',
    name: 'resumable/app-restart',
    async run(world) {
      const cursors = memoryCursors()
      await world.append(6)
      await appThatReached(world, 6, cursors)
      await world.append(4)
      const second = world.follow({ from: 'start', name: 'app' }, { cursors })
      await second.reached(10)
      second.assertExactly(7, 10)
      assert.deepEqual(second.attached[0], { kind: 'recovered', count: 4 })
      const other = world.follow({ from: 'start', name: 'another' }, { cursors })
      await other.reached(10)
      other.assertExactly(1, 10)
    },
  },
  {
    clause: 'D5a',
    name: 'resumable/app-restart-after-the-log-was-trimmed',
    async run(world) {
      const cursors = memoryCursors()
      await world.append(6)
      await appThatReached(world, 6, cursors)
      await world.append(6)
      await world.log.trim(world.topic, 10)
      const second = world.follow({ from: 'start', name: 'app' }, { cursors })
      await second.reached(12)
      assert.equal(second.story(), 'gap:trimmed(6-10) 11 12')
    },
  },
  ...(['recreated', 'rewound'] as const).map(
    (how): Case<TransportWorld> => ({
      clause: 'D5a',
      name: `resumable/cursor-follows-a-log-that-was-${how}`,
      async run(world) {
        const cursors = memoryCursors()
        await world.append(8)
        const first = world.follow({ from: 'start', name: 'app' }, { cursors })
        await first.reached(8)
        if (how === 'recreated') await world.log.recreate()
        else await world.log.rewind(world.topic, 2)
        await world.append(how === 'recreated' ? 3 : 1)
        await until('the gap', () => first.gaps.length > 0)
        await world.append(2)
        await until('the stream to go on', () => first.seqs().at(-1) === 5)
        await until('the cursor', () => first.subscription.cursor?.startsWith('5~'))
        await first.subscriber.close()
        await world.append(2)
        const second = world.follow({ from: 'start', name: 'app' }, { cursors })
        await second.reached(7)
        assert.equal(second.story(), '6 7', 'the stored cursor is one of the new history')
      },
    }),
  ),
  {
    clause: 'D5b',
    name: 'attach/now-pinned-over-crash',
    async run(world) {
      const cursors = memoryCursors()
      await world.append(5)
      const first = world.follow({ from: 'now', name: 'app' }, { cursors })
      await first.caughtUp(1)
      await until('now to be pinned', () => first.subscription.cursor !== undefined)
      await first.subscriber.close()
      await world.append(3)
      const second = world.follow({ from: 'now', name: 'app' }, { cursors })
      await second.reached(8)
      second.assertExactly(6, 8)
    },
  },
  {
    clause: 'D5b',
    name: 'attach/now-pinned-over-reconnect',
    async run(world) {
      await world.append(5)
      const reader = world.follow({ from: 'now' })
      await reader.caughtUp(1)
      await away(world, () => world.append(3))
      await reader.reached(8)
      reader.assertExactly(6, 8)
    },
  },
  {
    clause: 'D5c',
    name: 'load/crash-between-gap-and-load',
    async run(world) {
      const store = memoryCursors()
      await world.append(4)
      await appThatReached(world, 4, store)
      await world.append(6)
      await world.log.trim(world.topic, 8)
      const kept = crashable(store)
      const loading = deferred()
      const crashing = world.follow({ name: 'app', load: () => loading.promise }, { cursors: kept.store })
      await until('load to run', () => crashing.loads.length > 0)
      kept.crash()
      await crashing.subscriber.close()
      loading.resolve()
      const again = world.follow({ name: 'app', load: async () => {} }, { cursors: store })
      await again.reached(10)
      assert.match(again.story(), /^gap:trimmed\(4-8\) load:\w+ 9 10$/, 'the gap is announced again, and loaded')
    },
  },
  {
    clause: 'D5d',
    name: 'resumable/cursor-passes-what-is-filtered-and-hidden',
    async run(world) {
      const cursors = memoryCursors()
      await world.rights.hide(({ seq }) => seq > 10)
      await world.append(15)
      const first = world.follow({ from: 'start', name: 'app', types: ['rare'] }, { cursors })
      await first.caughtUp(1)
      await until('the cursor to reach the head', () => first.subscription.cursor?.startsWith('15~'))
      assert.deepEqual(first.events, [])
      await first.subscriber.close()
      const second = world.follow({ from: 'start', name: 'app' }, { cursors })
      assert.deepEqual(await second.caughtUp(1), { kind: 'continuous' })
      assert.deepEqual(second.events, [])
    },
  },
  {
    clause: 'D5e',
    name: 'load/first-attach-and-after-a-gap-only',
    async run(world) {
      await world.append(4)
      const loading = deferred()
      const reader = world.follow({
        from: 'start',
        load: ({ reason }) => (reason === 'attach' ? loading.promise : undefined),
      })
      await until('load to run', () => reader.loads.length > 0)
      await world.append(1)
      await never('an event before the state was loaded', () => reader.events.length > 0, 60)
      loading.resolve()
      await reader.reached(5)
      world.wire.cut()
      await world.append(2)
      await reader.reached(7)
      await away(world, async () => {
        await world.append(5)
        await world.log.trim(world.topic, 10)
      })
      await reader.reached(12)
      assert.equal(reader.story(), 'load:attach 1 2 3 4 5 6 7 gap:trimmed(7-10) load:trimmed 11 12')
    },
  },
  {
    clause: 'D5e',
    name: 'load/runs-again-in-a-new-process',
    async run(world) {
      const cursors = memoryCursors()
      await world.append(3)
      for (const last of [3, 5]) {
        const reader = world.follow({ from: 'start', name: 'app', load: async () => {} }, { cursors })
        await reader.reached(last)
        assert.deepEqual(reader.loads, ['attach'])
        await reader.subscriber.close()
        await world.append(2)
      }
    },
  },
]

/** A process of the app, come and gone: its cursor was stored at `seq`. */
async function appThatReached(world: TransportWorld, seq: number, cursors: CursorStore): Promise<void> {
  const app = world.follow({ from: 'start', name: 'app' }, { cursors })
  await app.reached(seq)
  await app.subscriber.close()
}
