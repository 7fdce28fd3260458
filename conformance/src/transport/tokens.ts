import { wireError } from '@steadywire/core'
import { assert, deferred, range, until } from '../facts.ts'
import type { Case } from '../suite.ts'
import { shortLived } from './aids.ts'
import type { Recorder } from './recorder.ts'
import { readerSubject, type TransportWorld } from './world.ts'

/** C5 to C5b: tokens are renewed in time, and once. */
export const tokens: readonly Case<TransportWorld>[] = [
  {
    clause: 'C5',
    name: 'token/renewed-before-it-expires',
    async run(world) {
      const { identity, asked } = shortLived(world)
      const reader = world.follow({ from: 'start' }, { identity })
      await reader.caughtUp(1)
      // Longer than the first one lives.
      await appendUntil('four tokens', world, reader, () => asked() >= 4)
      assert.equal(world.rights.refusals, 0, 'no token was ever refused')
      assert.ok(reader.attached.every(({ kind }) => kind !== 'lost'))
      if (world.capabilities.renew)
        assert.deepEqual([world.faults.tried, reader.attached.length], [1, 1], 'on the open connection and feed')
      return world.capabilities.renew ? undefined : 'degraded'
    },
  },
  {
    clause: 'C5',
    name: 'token/without-renew-the-connection-is-opened-anew',
    async run(world) {
      world.faults.limit({ renew: false })
      const { identity, asked } = shortLived(world)
      const reader = world.follow({ from: 'start' }, { identity })
      await reader.caughtUp(1)
      await appendUntil('three tokens', world, reader, () => asked() >= 3)
      assert.equal(world.rights.refusals, 0)
      assert.ok(world.faults.tried >= 2)
    },
  },
  {
    clause: 'C5a',
    name: 'token/a-rejoin-uses-the-fresh-one',
    async run(world) {
      const { identity, asked, issued } = shortLived(world)
      const reader = world.follow({ from: 'start' }, { identity })
      await reader.caughtUp(1)
      await until('a refresh', () => asked() >= 2)
      for (const old of issued.slice(0, -1)) await world.rights.revoke(old)
      await until('the fresh token to be shown', () => world.rights.shown.includes(issued[1]))
      const from = world.rights.shown.length
      world.wire.cut()
      await reader.caughtUp(2)
      await world.append(2)
      await reader.reached(2)
      assert.ok(!world.rights.shown.slice(from).includes(issued[0]), 'the old one is not shown again')
      assert.equal(world.rights.refusals, 0)
    },
  },
  {
    clause: 'C5b',
    name: 'token/parallel-401-single-flight',
    async run(world) {
      const first = world.rights.issue(readerSubject)
      const second = world.rights.issue(readerSubject)
      let refreshes = 0
      const token = async ({ refresh }: { refresh: boolean }) => {
        if (!refresh) return first
        refreshes += 1
        await new Promise(setImmediate)
        return second
      }
      const names = range(1, 6).map((n) => `${world.topic}:${n}`)
      let refused = 0
      const all = deferred()
      world.faults.page = async (page) => {
        if (refused === names.length) return page
        refused += 1
        if (refused === names.length) all.resolve()
        await all.promise
        throw wireError('auth', 'unauthenticated', 'the token is not accepted', { token: first })
      }
      const subscriber = world.subscriber({ identity: { subject: readerSubject, token } })
      const readers = names.map((name) => world.record(subscriber, name, { from: 'start' }))
      await Promise.all(names.map((name) => world.append(3, name)))
      await Promise.all(readers.map((reader) => reader.reached(3)))
      assert.equal(refreshes, 1, 'six refusals, one refresh')
      for (const reader of readers) reader.assertExactly(1, 3)
    },
  },
]

/** Appends one event after the other, each when the one before was delivered, until `done`. */
async function appendUntil(what: string, world: TransportWorld, reader: Recorder, done: () => boolean) {
  const deadline = performance.now() + 8000
  let sent = 0
  while (!done()) {
    assert.ok(performance.now() < deadline, `waited in vain: ${what}`)
    await world.append(1)
    sent += 1
    await reader.reached(sent)
    await new Promise(setImmediate) // lets timers run, also over a wire that needs no turn of its own
  }
  reader.assertExactly(1, sent)
}
