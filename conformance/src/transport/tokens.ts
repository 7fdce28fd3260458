import { wireError } from '@steadywire/core'
import { assert, pause, range, until } from '../facts.ts'
import type { Case } from '../suite.ts'
import { shortLived } from './aids.ts'
import { reader, type TransportWorld } from './world.ts'

/** C5 to C5b: tokens are renewed in time, and once. */
export const tokens: readonly Case<TransportWorld>[] = [
  {
    clause: 'C5',
    name: 'token/renewed-before-it-expires',
    async run(world) {
      const { identity, asked } = shortLived(world, 500)
      const follower = world.follow({ from: 'start' }, { identity })
      await follower.caughtUp(1)
      let sent = 0
      while (asked() < 4) {
        await world.append(1)
        sent += 1
        await follower.reached(sent)
        await pause(10)
      }
      follower.assertExactly(1, sent)
      assert.equal(world.rights.refusals, 0, 'no token was ever refused')
      assert.ok(follower.attached.every(({ kind }) => kind !== 'lost'))
      if (world.capabilities.renew) assert.equal(world.faults.tried, 1, 'on the open connection')
      return world.capabilities.renew ? undefined : 'degraded'
    },
  },
  {
    clause: 'C5',
    name: 'token/without-renew-the-connection-is-opened-anew',
    async run(world) {
      world.faults.limit({ renew: false })
      const { identity, asked } = shortLived(world, 500)
      const follower = world.follow({ from: 'start' }, { identity })
      await follower.caughtUp(1)
      let sent = 0
      while (asked() < 3) {
        await world.append(1)
        sent += 1
        await follower.reached(sent)
        await pause(10)
      }
      follower.assertExactly(1, sent)
      assert.equal(world.rights.refusals, 0)
      assert.ok(world.faults.tried >= 2)
    },
  },
  {
    clause: 'C5a',
    name: 'token/a-rejoin-uses-the-fresh-one',
    async run(world) {
      const { identity, asked, issued } = shortLived(world, 400)
      const follower = world.follow({ from: 'start' }, { identity })
      await until('a refresh', () => asked() >= 2)
      for (const old of issued.slice(0, -1)) world.rights.revoke(old)
      await until('the fresh token to be shown', () => world.rights.shown.includes(issued[1]))
      const from = world.rights.shown.length
      world.wire.cut()
      await follower.caughtUp(2)
      await world.append(2)
      await follower.reached(2)
      assert.ok(!world.rights.shown.slice(from).includes(issued[0]), 'the old one is not shown again')
      assert.equal(world.rights.refusals, 0)
    },
  },
  {
    clause: 'C5b',
    name: 'token/parallel-401-single-flight',
    async run(world) {
      const first = world.rights.issue(reader)
      const second = world.rights.issue(reader)
      let refreshes = 0
      const token = async ({ refresh }: { refresh: boolean }) => {
        if (!refresh) return first
        refreshes += 1
        await new Promise(setImmediate)
        return second
      }
      const names = range(1, 6).map((n) => `${world.topic}:${n}`)
      world.faults.page = async (page) => {
        if (refreshes === 0) throw wireError('auth', 'unauthenticated', 'the token is not accepted', { token: first })
        return page
      }
      const subscriber = world.subscriber({ identity: { subject: reader, token } })
      const followers = names.map((name) => world.record(subscriber, name, { from: 'start' }))
      await Promise.all(names.map((name) => world.append(3, name)))
      await Promise.all(followers.map((follower) => follower.reached(3)))
      assert.equal(refreshes, 1, 'six refusals, one refresh')
      for (const follower of followers) follower.assertExactly(1, 3)
    },
  },
]
