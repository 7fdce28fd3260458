import type { UnsequencedEvent } from '@steadywire/core'
import { draft } from '../drafts.ts'
import { assert, deferred, never, range, until } from '../facts.ts'
import type { Case } from '../suite.ts'
import { away } from './aids.ts'
import { readerSubject, type TransportWorld } from './world.ts'

/** What a wire without positions owes: these run instead of the cases that need positions. */
export const unsequenced: readonly Case<TransportWorld>[] = [
  {
    clause: 'D1',
    name: 'unsequenced/everything-on-an-undisturbed-line',
    async run(world) {
      const reader = world.follow()
      await reader.caughtUp(1)
      for (const _ of range(1, 20)) await world.append(5)
      await until('100 events', () => reader.events.length >= 100)
      assert.deepEqual(
        reader.events.map(({ data }) => data),
        range(1, 100),
        'once, in the order of arrival',
      )
      return 'degraded'
    },
  },
  {
    clause: 'D2b',
    name: 'unsequenced/repeats-are-told-by-id',
    async run(world) {
      const reader = world.follow()
      await reader.caughtUp(1)
      const said: UnsequencedEvent[] = []
      world.faults.tamperUnsequenced = (events) => {
        said.push(...events)
        return [...events, ...said]
      }
      for (const _ of range(1, 10)) await world.append(3)
      await until('30 events', () => reader.events.length >= 30)
      await world.append(1)
      await until('the last event', () => reader.events.at(-1)?.data === 31)
      assert.deepEqual(
        reader.events.map(({ data }) => data),
        range(1, 31),
      )
    },
  },
  {
    clause: 'D4d',
    name: 'unsequenced/a-gap-after-every-reconnect',
    async run(world) {
      const reader = world.follow()
      await reader.caughtUp(1)
      for (const round of range(1, 3)) {
        await world.append(1)
        await until('the event', () => reader.events.length === round)
        world.wire.cut()
        assert.equal((await reader.caughtUp(round + 1)).kind, world.history ? 'continuous' : 'lost')
        assert.deepEqual(
          reader.gaps.map(({ reason }) => reason),
          world.history ? [] : range(1, round).map(() => 'unknown'),
        )
      }
    },
  },
  {
    clause: 'D4d',
    name: 'unsequenced/a-history-fills-the-hole',
    async run(world) {
      const reader = world.follow()
      await reader.caughtUp(1)
      await world.append(2)
      await until('the events', () => reader.events.length === 2)
      await away(world, () => world.append(3))
      const continuity = await reader.caughtUp(2)
      await world.append(2)
      await until('the last event', () => reader.events.at(-1)?.data === 7)
      const told = reader.events.map(({ data }) => data)
      if (world.history) {
        assert.deepEqual(continuity, { kind: 'recovered', count: 3 })
        assert.deepEqual([told, reader.gaps], [range(1, 7), []], 'once, in order, without a gap')
        return
      }
      assert.deepEqual([told, reader.gaps.length], [[1, 2, 6, 7], 1], 'the gap, and what came after it')
      return 'degraded'
    },
  },
  {
    clause: 'D4k',
    name: 'unsequenced/gapless-is-refused',
    async run(world) {
      const options = { event() {}, gap() {}, require: 'gapless' as const }
      assert.throws(() => world.subscriber().subscribe(world.topic, options), { code: 'not_supported' })
    },
  },
  {
    clause: 'D7a',
    name: 'unsequenced/a-refused-topic-holds-nothing-up',
    async run(world) {
      const subscriber = world.subscriber()
      const secret = `${world.topic}:secret`
      await world.rights.forbid(secret)
      const refused = world.record(subscriber, secret)
      const reader = world.record(subscriber, world.topic)
      await reader.caughtUp(1)
      await world.log.append(secret, [draft(1)])
      await world.append(3)
      await until('the events', () => reader.events.length === 3)
      await until('the refusal', () => refused.subscription.status === 'refused')
      assert.deepEqual(refused.events, [])
    },
  },
  {
    clause: 'D8',
    name: 'unsequenced/a-stalled-handler-is-told-of-its-loss',
    async run(world) {
      const stalled = deferred()
      const reader = world.follow({ buffer: 10, onEvent: () => stalled.promise })
      await reader.caughtUp(1)
      let arrived = 0
      world.faults.tamperUnsequenced = (events) => {
        arrived += events.length
        return events
      }
      await world.append(100)
      await until('all of them to arrive', () => arrived === 100)
      stalled.resolve()
      await until('the gap', () => reader.gaps.some(({ reason }) => reason === 'unknown'))
      assert.ok(reader.events.length <= 20, 'what did not fit was not kept')
      return 'degraded'
    },
  },
  {
    clause: 'D9',
    name: 'unsequenced/unsubscribed-is-silent',
    async run(world) {
      const reader = world.follow()
      await reader.caughtUp(1)
      await world.append(2)
      await until('the events', () => reader.events.length === 2)
      reader.subscription.unsubscribe()
      await world.append(2)
      await never('an event after unsubscribe()', () => reader.events.length > 2, 60)
    },
  },
  {
    clause: 'D10a',
    name: 'unsequenced/a-revoked-right-stops-the-feed',
    async run(world) {
      const reader = world.follow()
      await reader.caughtUp(1)
      await world.append(2)
      await until('the events', () => reader.events.length === 2)
      await world.revoke(world.topic, readerSubject)
      await world.append(3)
      await until('the refusal', () => reader.subscription.status === 'refused')
      await world.append(3)
      await never('an event after the right was lost', () => reader.events.length > 2, 100)
    },
  },
  {
    clause: 'C4',
    name: 'unsequenced/silence-is-found-and-said',
    async run(world) {
      const reader = world.follow()
      await reader.caughtUp(1)
      world.wire.stall()
      await until('the silent line to be left', () => reader.subscriber.state !== 'online')
      world.wire.flow()
      assert.equal((await reader.caughtUp(2)).kind, world.history ? 'continuous' : 'lost')
      await world.append(1)
      await until('an event', () => reader.events.length > 0)
    },
  },
  {
    clause: 'C7',
    name: 'unsequenced/close-leaves-nothing-behind',
    async run(world) {
      const reader = world.follow()
      await reader.caughtUp(1)
      await reader.subscriber.close()
      await until('no line', () => world.wire.open === 0)
      await until('no listener on the log', () => world.log.tails === 0)
    },
  },
]
