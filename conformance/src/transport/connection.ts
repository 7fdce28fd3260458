import { type Observation, wireError } from '@steadywire/core'
import { createFakeClock } from '@steadywire/core/testing'
import { assert, never, range, until } from '../facts.ts'
import type { Case } from '../suite.ts'
import { createLifecycle } from './aids.ts'
import { heartbeatMs, type TransportWorld } from './world.ts'

const allowed: Readonly<Record<string, readonly string[]>> = {
  idle: ['connecting', 'suspended', 'closed'],
  connecting: ['online', 'waiting', 'suspended', 'failed', 'closed', 'connecting'],
  online: ['waiting', 'connecting', 'suspended', 'failed', 'closed'],
  waiting: ['connecting', 'suspended', 'failed', 'closed'],
  suspended: ['connecting', 'closed'],
  failed: ['connecting', 'suspended', 'closed'],
  closed: [],
}

/** C1 to C4a: how a connection comes about, and how its death is found. */
export const connection: readonly Case<TransportWorld>[] = [
  {
    clause: 'C1',
    name: 'connection/only-the-allowed-transitions',
    async run(world) {
      const moves: string[] = []
      const lifecycle = createLifecycle()
      const observe = (record: Observation) => {
        if (record.kind === 'connection') moves.push(`${record.from} ${record.to}`)
      }
      const reader = world.follow({ from: 'start' }, { observe, lifecycle })
      await reader.caughtUp(1)
      world.wire.cut()
      await reader.caughtUp(2)
      lifecycle.now.suspended('background')
      lifecycle.now.suspended('offline')
      lifecycle.now.resumed('background')
      assert.equal(reader.subscriber.state, 'suspended', 'one reason is enough')
      lifecycle.now.resumed('offline')
      await reader.caughtUp(3)
      reader.subscriber.retry()
      world.wire.reset()
      await reader.caughtUp(4)
      await reader.subscriber.close()
      assert.equal(reader.subscriber.state, 'closed')
      assert.ok(moves.length >= 10, moves.join(', '))
      for (const move of moves) {
        const [from = '', to = ''] = move.split(' ')
        assert.ok(allowed[from]?.includes(to), `${from} → ${to} is no transition`)
      }
    },
  },
  {
    clause: 'C2',
    name: 'connection/backoff-schedule',
    async run(world) {
      const clock = createFakeClock()
      const backoff = { delaysMs: [1000, 2000, 4000], maxAttempts: 5, jitter: false }
      world.faults.refusal = wireError('retry', 'unavailable', 'nobody is there')
      const reader = world.follow({}, { clock, backoff })
      await clock.settle()
      const tries: number[] = []
      for (const seconds of range(1, 30)) {
        await clock.advance(1000)
        while (tries.length < world.faults.tried - 1) tries.push(seconds)
      }
      assert.deepEqual(tries, [1, 3, 7, 11, 15], 'the tries come after 1, 2, 4, 4, 4 s, and then no more')
      assert.equal(reader.subscriber.state, 'failed')
    },
  },
  {
    clause: 'C2a',
    name: 'connection/retry-after-is-obeyed',
    async run(world) {
      const clock = createFakeClock()
      const backoff = { delaysMs: [1000], maxAttempts: 5, jitter: false }
      world.faults.refusal = wireError('retry', 'going_away', 'come back later', { retryAfterMs: 7000 })
      world.follow({}, { clock, backoff })
      await clock.settle()
      await clock.advance(6900)
      assert.equal(world.faults.tried, 1)
      await clock.advance(200)
      assert.equal(world.faults.tried, 2)
    },
  },
  {
    clause: 'C2a',
    name: 'connection/going-away-is-passed-on',
    async run(world) {
      const direct = await world.direct()
      await direct.attach(world.topic)
      if (world.gateway.stats().sessions === 0) {
        await world.restartServer()
        assert.equal((await until('the connection to end', () => direct.ends[0])).kind, 'retry')
        return 'degraded'
      }
      void world.gateway.close({ graceMs: 1000, spreadMs: 5000 })
      const error = await until('the connection to end', () => direct.ends[0])
      assert.deepEqual([error.kind, error.code], ['retry', 'going_away'])
      const { retryAfterMs = Number.NaN } = error
      assert.ok(retryAfterMs >= 0 && retryAfterMs <= 6000, `it says when to come back, not ${retryAfterMs}`)
      return undefined
    },
  },
  {
    clause: 'C3',
    name: 'connection/refused-for-good-is-not-tried-again',
    async run(world) {
      await world.rights.ban()
      const reader = world.follow()
      await until('the failure', () => reader.subscriber.state === 'failed')
      const { tried } = world.faults
      assert.equal(reader.subscriber.connection.error?.kind, 'refused')
      await never('another try', () => world.faults.tried > tried, 150)
    },
  },
  {
    clause: 'C3',
    name: 'connection/a-refused-token-is-refreshed-once',
    async run(world) {
      let asked = 0
      const token = () => `bad-${++asked}`
      const reader = world.follow({}, { identity: { token } })
      await until('the failure', () => reader.subscriber.state === 'failed')
      assert.equal(asked, 2, 'one token, and one fresh one')
      await never('another try', () => asked > 2, 100)
      assert.equal(reader.subscriber.connection.error?.kind, 'auth')
    },
  },
  {
    clause: 'C3',
    name: 'connection/an-unreachable-server-is-tried-again',
    async run(world) {
      world.wire.refuse(true)
      const reader = world.follow({ from: 'start' })
      await until('three tries', () => world.wire.tried >= 3)
      world.wire.refuse(false)
      await world.append(2)
      await reader.reached(2)
    },
  },
  {
    clause: 'C4',
    name: 'connection/silence-is-found-within-two-heartbeats',
    async run(world) {
      const reader = world.follow({ from: 'start' })
      await reader.caughtUp(1)
      const { tried } = world.faults
      world.wire.stall()
      const began = performance.now()
      await until('the silent line to be left', () => reader.subscriber.state !== 'online')
      const took = performance.now() - began
      assert.ok(took < 4 * heartbeatMs, `found after ${Math.round(took)} ms`)
      await world.append(2)
      world.wire.flow()
      await until('a new connection', () => world.faults.tried > tried)
      await reader.reached(2)
      reader.assertExactly(1, 2)
    },
  },
  {
    clause: 'C4',
    name: 'connection/a-quiet-line-that-beats-stays',
    async run(world) {
      const direct = await world.direct()
      await direct.attach(world.topic)
      if (direct.connection.heartbeatMs === undefined) {
        await never('the end of a quiet line', () => direct.ends.length > 0, 2 * heartbeatMs)
        return 'degraded'
      }
      const heard = direct.heard()
      await until('three heartbeats', () => direct.heard() >= heard + 3, 6 * direct.connection.heartbeatMs)
      assert.deepEqual(direct.ends, [])
      return undefined
    },
  },
  {
    clause: 'C4a',
    name: 'connection/a-call-without-an-answer-on-a-silent-line',
    async run(world) {
      world.faults.limit({ heartbeat: false, heads: false })
      const reader = world.follow({ from: 'start' }, { callDeadlineMs: 150 })
      await reader.caughtUp(1)
      const { tried } = world.faults
      world.wire.stall()
      await world.append(3)
      await until('the dead line to be left', () => reader.subscriber.state !== 'online')
      world.wire.flow()
      await until('a new connection', () => world.faults.tried > tried)
      await reader.reached(3)
      reader.assertExactly(1, 3)
    },
  },
]
