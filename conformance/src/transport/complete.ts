import { draft } from '../drafts.ts'
import { assert, range, until, within } from '../facts.ts'
import type { Case } from '../suite.ts'
import { heartbeatMs, type TransportWorld } from './world.ts'

/** D1, D1a, D1c, D1d: every event comes, whatever happens on the way. */
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
      for (const [round, bytes] of [1, 60, 150, 333, 700].entries()) {
        // Where there are no bytes, only live items are cut.
        if (!world.proxy) await reader.caughtUp(round + 1)
        const cut = world.wire.cutAfter(bytes)
        await world.append(20)
        await within('cutting the line', cut)
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
      await reader.reached(6, 8 * heartbeatMs)
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
      await reader.reached(3, 8 * heartbeatMs)
      reader.assertExactly(1, 3)
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
      await world.rights.hide(({ seq }) => seq > 5 && seq <= 2300)
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
      await world.rights.hide(({ seq }) => seq % 3 !== 0)
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
      await world.rights.hide(({ seq }) => seq % 2 === 1)
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
]
