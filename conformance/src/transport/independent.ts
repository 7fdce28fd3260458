import { wireError } from '@steadywire/core'
import { assert, deferred, range, until } from '../facts.ts'
import type { Case } from '../suite.ts'
import type { TransportWorld } from './world.ts'

/** D7 to D7b: nobody holds up anybody else. */
export const independent: readonly Case<TransportWorld>[] = [
  {
    clause: 'D7',
    name: 'slow/two-subscriptions-one-stalled',
    async run(world) {
      const subscriber = world.subscriber()
      const stalled = deferred()
      const slow = world.record(subscriber, world.topic, { from: 'start', buffer: 10, onEvent: () => stalled.promise })
      const quick = world.record(subscriber, world.topic, { from: 'start' })
      await quick.caughtUp(1)
      for (const _ of range(1, 20)) await world.append(20)
      await quick.reached(400)
      quick.assertExactly(1, 400)
      assert.equal(slow.events.length, 1)
      stalled.resolve()
      await slow.reached(400)
      slow.assertExactly(1, 400)
    },
  },
  {
    clause: 'D7',
    name: 'independent/another-topic-goes-on',
    async run(world) {
      const subscriber = world.subscriber()
      const other = `${world.topic}:other`
      const stalled = deferred()
      const slow = world.record(subscriber, world.topic, { from: 'start', onEvent: () => stalled.promise })
      const quick = world.record(subscriber, other, { from: 'start' })
      await world.append(50)
      await slow.reached(1)
      await world.append(100, other)
      await quick.reached(100)
      quick.assertExactly(1, 100)
      stalled.resolve()
      await slow.reached(50)
      slow.assertExactly(1, 50)
    },
  },
  {
    clause: 'D7a',
    name: 'independent/a-refused-topic-holds-nothing-up',
    async run(world) {
      const subscriber = world.subscriber()
      const secret = `${world.topic}:secret`
      await world.rights.forbid(secret)
      await world.append(5, secret)
      const refused = world.record(subscriber, secret, { from: 'start' })
      const reader = world.record(subscriber, world.topic, { from: 'start' })
      await world.append(10)
      await reader.reached(10)
      await until('the refusal', () => refused.subscription.status === 'refused')
      assert.equal(refused.errors.length > 0, true, 'the refusal is reported')
      await assert.rejects(refused.subscription.ready, 'and `ready` rejects')
      reader.assertExactly(1, 10)
      assert.deepEqual(refused.events, [])
      assert.deepEqual([reader.attached.length, world.faults.tried], [1, 1], 'on the one connection, without a break')
    },
  },
  {
    clause: 'D7a',
    name: 'independent/a-broken-topic-heals-by-itself',
    async run(world) {
      const subscriber = world.subscriber()
      const broken = `${world.topic}:broken`
      await world.append(5, broken)
      let failing = true
      world.faults.page = async (page, topic) => {
        if (failing && topic === broken) throw wireError('retry', 'log_failed', 'the log of this topic is out of reach')
        return page
      }
      const hurt = world.record(subscriber, broken, { from: 'start' })
      const reader = world.record(subscriber, world.topic, { from: 'start' })
      await until('the topic to be delayed', () => hurt.statuses.includes('delayed'))
      await world.append(10)
      await reader.reached(10)
      failing = false
      await hurt.reached(5)
      hurt.assertExactly(1, 5)
      reader.assertExactly(1, 10)
      assert.equal(reader.attached.length, 1, 'the other topic was not attached anew')
    },
  },
  {
    clause: 'D7a',
    name: 'independent/a-topic-whose-log-hangs-holds-nothing-up',
    async run(world) {
      const subscriber = world.subscriber()
      const hanging = `${world.topic}:hanging`
      await world.append(5, hanging)
      const held = deferred()
      let asked = false
      world.log.beforeRead = async (topic) => {
        if (topic !== hanging) return
        asked = true
        await held.promise
      }
      const hurt = world.record(subscriber, hanging, { from: 'start' })
      await until('the hanging log to be read', () => asked)
      const reader = world.record(subscriber, world.topic, { from: 'start' })
      await reader.caughtUp(1)
      await world.append(10)
      await reader.reached(10)
      reader.assertExactly(1, 10)
      assert.deepEqual([hurt.events.length, reader.attached.length], [0, 1])
      held.resolve()
      await hurt.reached(5)
      hurt.assertExactly(1, 5)
    },
  },
  {
    clause: 'D7b',
    name: 'independent/a-handler-that-throws',
    async run(world) {
      const subscriber = world.subscriber()
      const clumsy = world.record(subscriber, world.topic, {
        from: 'start',
        onEvent(event) {
          if (event.seq === 2) throw new Error('a bug in the app')
          return event.seq === 4 ? Promise.reject(new Error('another one')) : undefined
        },
      })
      const reader = world.record(subscriber, world.topic, { from: 'start' })
      await world.append(10)
      await Promise.all([clumsy.reached(10), reader.reached(10)])
      clumsy.assertExactly(1, 10)
      reader.assertExactly(1, 10)
      assert.deepEqual(
        clumsy.errors.map(({ code }) => code),
        ['handler_failed', 'handler_failed'],
      )
      assert.deepEqual(reader.errors, [])
      assert.equal(world.faults.closedByCore, 0, 'nobody mistook it for a network failure')
    },
  },
]
