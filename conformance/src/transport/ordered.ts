import { drafts } from '../drafts.ts'
import { assert, range } from '../facts.ts'
import type { Case } from '../suite.ts'
import type { TransportWorld } from './world.ts'

/** D3: by seq, whatever the wire does. */
export const ordered: readonly Case<TransportWorld>[] = [
  {
    clause: 'D3',
    name: 'ordered/the-wire-shuffles',
    async run(world) {
      const reader = world.follow({ from: 'start' })
      await reader.caughtUp(1)
      world.faults.tamper = (items) => [[...items].reverse()]
      for (const _ of range(1, 20)) await world.append(4)
      await reader.reached(80)
      reader.assertExactly(1, 80)
    },
  },
  {
    clause: 'D3',
    name: 'ordered/frames-overtake-each-other',
    async run(world) {
      const reader = world.follow({ from: 'start' })
      await reader.caughtUp(1)
      let held: Parameters<NonNullable<typeof world.faults.tamper>>[0] | undefined
      world.faults.tamper = (items) => {
        const before = held
        held = before ? undefined : items
        return before ? [items, before] : []
      }
      for (const _ of range(1, 20)) await world.append(2)
      await reader.reached(40)
      reader.assertExactly(1, 40)
    },
  },
  {
    clause: 'D3',
    name: 'ordered/many-producers',
    async run(world) {
      const reader = world.follow({ from: 'start' })
      await Promise.all(range(1, 100).map((n) => world.log.append(world.topic, drafts((n % 3) + 1))))
      const { head } = await world.log.read(world.topic, { limit: 1 })
      await reader.reached(head)
      reader.assertExactly(1, head)
    },
  },
  {
    clause: 'D3',
    name: 'ordered/history-is-ascending',
    async run(world) {
      await world.append(25)
      const subscriber = world.subscriber()
      const newest = await subscriber.history(world.topic, { limit: 10 })
      assert.deepEqual([newest.events.map(({ seq }) => seq), newest.before], [range(16, 25), 16])
      const older = await subscriber.history(world.topic, { limit: 20, before: 16 })
      assert.deepEqual([older.events.map(({ seq }) => seq), older.before], [range(1, 15), undefined])
    },
  },
]
