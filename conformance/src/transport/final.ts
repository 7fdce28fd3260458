import { draft } from '../drafts.ts'
import { assert, deferred, never, until } from '../facts.ts'
import type { Case } from '../suite.ts'
import { away, holdPages } from './aids.ts'
import type { TransportWorld } from './world.ts'

/** D9 to D9c: an end is an end. */
export const final: readonly Case<TransportWorld>[] = [
  {
    clause: 'D9',
    name: 'final/unsubscribed-is-silent',
    async run(world) {
      const reader = world.follow({
        from: 'start',
        onEvent: (event) => event.seq === 5 && reader.subscription.unsubscribe(),
      })
      await world.append(20)
      await reader.reached(5)
      await world.append(20)
      await never('an event after unsubscribe()', () => reader.events.length > 5, 100)
      assert.equal(reader.subscription.status, 'detached')
    },
  },
  {
    clause: 'D9',
    name: 'final/unsubscribed-while-a-handler-is-busy',
    async run(world) {
      const busy = deferred()
      const reader = world.follow({ from: 'start', onEvent: () => busy.promise })
      await world.append(5)
      await reader.reached(1)
      reader.subscription.unsubscribe()
      const told = [reader.events.length, reader.gaps.length, reader.attached.length, reader.statuses.length]
      busy.resolve()
      world.wire.cut()
      await world.append(5)
      await never(
        'a callback after unsubscribe()',
        () =>
          String([reader.events.length, reader.gaps.length, reader.attached.length, reader.statuses.length]) !==
          String(told),
        100,
      )
    },
  },
  {
    clause: 'D9',
    name: 'final/unsubscribed-before-the-attach-was-answered',
    async run(world) {
      await world.append(5)
      const pages = holdPages(world)
      const reader = world.follow({ from: 'start' })
      await pages.asked()
      reader.subscription.unsubscribe()
      pages.release()
      await assert.rejects(reader.subscription.ready)
      await never('an event after unsubscribe()', () => reader.events.length > 0, 60)
    },
  },
  {
    clause: 'D9a',
    name: 'final/a-sealed-topic-ends-its-subscriptions',
    async run(world) {
      await world.append(3)
      const reader = world.follow({ from: 'start' })
      await reader.reached(3)
      await world.log.append(world.topic, [draft(4), draft(5, { final: true })])
      await until('the end', () => reader.subscription.status === 'ended')
      reader.assertExactly(1, 5)
      assert.equal(reader.events.at(-1)?.final, true)
      world.wire.cut()
      await never('anything after the end', () => reader.events.length > 5 || reader.statuses.at(-1) !== 'ended', 60)
    },
  },
  {
    clause: 'D9a',
    name: 'final/the-final-event-gets-lost-on-the-wire',
    async run(world) {
      const reader = world.follow({ from: 'start' })
      await reader.caughtUp(1)
      world.faults.tamper = () => []
      await world.log.append(world.topic, [draft(1), draft(2, { final: true })])
      await until('the end', () => reader.subscription.status === 'ended')
      reader.assertExactly(1, 2)
    },
  },
  {
    clause: 'D9b',
    name: 'final/late-comers-get-the-rest-and-end',
    async run(world) {
      await world.append(10)
      await world.log.append(world.topic, [draft('end', { final: true })])
      for (const from of ['start', { last: 3 }] as const) {
        const reader = world.follow({ from })
        await until('the end', () => reader.subscription.status === 'ended')
        reader.assertExactly(from === 'start' ? 1 : 9, 11)
        await reader.subscription.ready
      }
      const late = world.follow({ from: 'now' })
      await until('the end', () => late.subscription.status === 'ended')
      assert.deepEqual(late.events, [])
    },
  },
  {
    clause: 'D9b',
    name: 'final/attach-after-trimmed-final',
    async run(world) {
      await world.append(5)
      const reader = world.follow({ from: 'start' })
      await reader.reached(5)
      await away(world, async () => {
        await world.log.append(world.topic, [draft(6), draft(7, { final: true })])
        await world.log.trim(world.topic, 7)
      })
      await until('the end', () => reader.subscription.status === 'ended')
      assert.equal(reader.story(), '1 2 3 4 5 gap:trimmed(5-7)')
      const late = world.follow({ from: 'start' })
      await until('the end', () => late.subscription.status === 'ended')
      assert.deepEqual(late.events, [])
    },
  },
  {
    clause: 'D9c',
    name: 'final/appends-after-the-end-are-refused-over-the-wire',
    async run(world) {
      await world.log.append(world.topic, [draft(1, { final: true })])
      const subscriber = world.subscriber()
      if (!world.capabilities.append) {
        await assert.rejects(world.log.append(world.topic, [draft(2)]))
        return 'degraded'
      }
      await assert.rejects(subscriber.append(world.topic, [draft(2)]), { code: 'sealed' })
      const { head } = await world.log.read(world.topic, { limit: 1 })
      assert.equal(head, 1)
      return undefined
    },
  },
  {
    clause: 'D9',
    name: 'final/closed-subscriber-is-silent',
    async run(world) {
      const reader = world.follow({ from: 'start' })
      await reader.caughtUp(1)
      await world.append(3)
      await reader.reached(3)
      await reader.subscriber.close()
      await world.append(5)
      await never('an event after close()', () => reader.events.length > 3, 60)
      assert.throws(() => world.record(reader.subscriber, world.topic), { code: 'closed' })
    },
  },
]
