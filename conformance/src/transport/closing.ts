import { isWireError } from '@steadywire/core'
import { createCountingClock } from '../counting-clock.ts'
import { assert, deferred, never, range, rejection, until, within } from '../facts.ts'
import type { Case } from '../suite.ts'
import { createLifecycle, openFeeds } from './aids.ts'
import { heartbeatMs, readerSubject, type TransportWorld } from './world.ts'

/** C7 to C8b: an end leaves nothing behind, and nobody speaks after it. */
export const closing: readonly Case<TransportWorld>[] = [
  {
    clause: 'C7',
    name: 'connection/close-leaves-nothing-behind',
    async run(world) {
      const clock = createCountingClock()
      const reader = world.follow({ from: 'start' }, { clock })
      const second = world.record(reader.subscriber, `${world.topic}:b`, { from: 'start' })
      await reader.caughtUp(1)
      await second.caughtUp(1)
      await world.append(3)
      await reader.reached(3)
      world.wire.cut()
      await reader.caughtUp(2)
      await reader.subscriber.close()
      assert.equal(clock.pending, 0, 'no timer')
      await until('no socket', () => world.wire.open === 0)
      await until('no session at the server', () => world.gateway.stats().sessions === 0)
      await until('no reader at the server', () => openFeeds(world) === 0)
      const { tried } = world.wire
      await never('a try after close()', () => world.wire.tried > tried, 60)
    },
  },
  {
    clause: 'C7',
    name: 'connection/close-while-connecting',
    async run(world) {
      const clock = createCountingClock()
      world.wire.stall()
      const reader = world.follow({}, { clock })
      await until('a try', () => world.wire.tried > 0)
      await within('close()', reader.subscriber.close(), 1000)
      world.wire.flow()
      assert.equal(clock.pending, 0)
      await until('no socket', () => world.wire.open === 0)
    },
  },
  {
    clause: 'C7',
    name: 'connection/detached-feeds-leave-nothing-behind',
    async run(world) {
      const direct = await world.direct()
      const first = await direct.attach(world.topic)
      const seen = openFeeds(world) > 0
      first.detach()
      for (const _ of range(1, 10)) {
        const feed = await direct.attach(world.topic)
        feed.detach()
      }
      await until('no reader at the server', () => openFeeds(world) === 0)
      const feed = await direct.attach(world.topic)
      await world.append(2)
      await feed.reached(2)
      return seen ? undefined : 'degraded'
    },
  },
  {
    clause: 'C7a',
    name: 'connection/an-aborted-connect-rejects-soon',
    async run(world) {
      const abort = new AbortController()
      const held = deferred<string | undefined>()
      const connecting = world.bare.connect({
        token: () => held.promise,
        heard: () => {},
        wanted: [],
        warn: () => {},
        signal: abort.signal,
      })
      abort.abort()
      const error = await rejection('an aborted connect', connecting, 1000)
      assert.ok(isWireError(error), `a WireError, not ${String(error)}`)
      held.resolve(world.rights.issue(readerSubject))
      await until('no socket', () => world.wire.open === 0)
      await until('no session at the server', () => world.gateway.stats().sessions === 0)
    },
  },
  {
    clause: 'C7a',
    name: 'connection/a-connect-that-hangs-is-given-up',
    async run(world) {
      const abort = new AbortController()
      if (!world.proxy) abort.abort()
      world.wire.stall()
      const connecting = world.bare.connect({
        token: async () => world.rights.issue(readerSubject),
        heard: () => {},
        wanted: [],
        warn: () => {},
        signal: abort.signal,
      })
      const refused = rejection('a connect that was given up', connecting, 2000)
      if (world.proxy) await until('a try', () => world.wire.tried > 0)
      abort.abort()
      const error = await refused
      assert.ok(isWireError(error), `a WireError, not ${String(error)}`)
      world.wire.flow()
      await until('no socket', () => world.wire.open === 0)
      await until('no session at the server', () => world.gateway.stats().sessions === 0)
      return world.proxy ? undefined : 'degraded'
    },
  },
  {
    clause: 'C8',
    name: 'connection/an-old-connection-speaks-late',
    async run(world) {
      world.faults.leaky = true
      const reader = world.follow({ from: 'start' })
      await reader.caughtUp(1)
      await world.append(2)
      await reader.reached(2)
      world.wire.stall()
      await world.append(3)
      await until('the dead line to be left', () => reader.subscriber.state !== 'online')
      world.wire.flow()
      await reader.reached(5)
      await world.append(3)
      await reader.reached(8)
      reader.assertExactly(1, 8)
    },
  },
  {
    clause: 'C8',
    name: 'machine/connect-resolves-after-abort',
    async run(world) {
      const late = deferred()
      const lifecycle = createLifecycle()
      world.faults.lateConnect = late.promise
      const reader = world.follow({ from: 'start' }, { lifecycle })
      await until('a try', () => world.faults.tried === 1)
      lifecycle.now.suspended('offline')
      const closed = world.faults.closedByCore
      late.resolve()
      await until('the late connection to be closed', () => world.faults.closedByCore > closed)
      assert.equal(reader.subscriber.state, 'suspended')
      world.faults.lateConnect = undefined
      lifecycle.now.resumed('offline')
      await world.append(1)
      await reader.reached(1)
    },
  },
  {
    clause: 'C8a',
    name: 'connection/the-sink-is-not-called-after-abort',
    async run(world) {
      const direct = await world.direct()
      const gone = await direct.attach(world.topic)
      const stays = await direct.attach(world.topic)
      await world.append(2)
      await Promise.all([gone.reached(2), stays.reached(2)])
      gone.detach()
      const calls = gone.calls()
      await world.append(3)
      await stays.reached(5)
      await never('a call after abort', () => gone.calls() > calls, 2 * heartbeatMs)
      stays.detach()
      const last = stays.calls()
      world.wire.cut()
      await world.append(3)
      await never('a call after abort', () => stays.calls() > last, 60)
    },
  },
  {
    clause: 'C8a',
    name: 'connection/an-attach-that-was-aborted-while-asked',
    async run(world) {
      const direct = await world.direct()
      const abort = new AbortController()
      let calls = 0
      const count = () => {
        calls += 1
      }
      const attaching = direct.connection.attach(
        world.topic,
        { seq: 0 },
        { events: count, head: count, lost: count },
        abort.signal,
      )
      abort.abort()
      const settled = attaching.then(
        () => undefined,
        () => undefined,
      )
      await within('an aborted attach', settled, 2000)
      const before = calls
      await world.append(3)
      await never('a call after abort', () => calls > before, 2 * heartbeatMs)
    },
  },
  ...(['cut', 'reset'] as const).map(
    (how): Case<TransportWorld> => ({
      clause: 'C8b',
      name: `connection/closed-resolves-after-${how}`,
      async run(world) {
        if (world.wire === world.faults) {
          const direct = await world.direct()
          await direct.connection.close()
          await until('`closed` to resolve', () => direct.ends[0])
          return 'degraded'
        }
        const direct = await world.direct()
        await direct.attach(world.topic)
        world.wire[how]()
        const error = await until('`closed` to resolve', () => direct.ends[0])
        assert.ok(isWireError(error))
        assert.equal(error.kind, 'retry')
        return undefined
      },
    }),
  ),
  {
    clause: 'C8b',
    name: 'connection/closed-resolves-after-close',
    async run(world) {
      const direct = await world.direct()
      const feed = await direct.attach(world.topic)
      await direct.connection.close()
      await until('`closed` to resolve', () => direct.ends[0])
      const calls = feed.calls()
      await direct.connection.close()
      await world.append(2)
      await never('a call after close()', () => feed.calls() > calls, 60)
      await rejection(
        'a call on a closed connection',
        direct.connection.read(world.topic, { limit: 1 }, new AbortController().signal),
      )
      assert.equal(direct.ends.length, 1)
    },
  },
  {
    clause: 'C8b',
    name: 'connection/closed-resolves-when-the-server-goes',
    async run(world) {
      const direct = await world.direct()
      await direct.attach(world.topic)
      await world.restartServer()
      const error = await until('`closed` to resolve', () => direct.ends[0])
      assert.equal(error.kind, 'retry')
    },
  },
]
