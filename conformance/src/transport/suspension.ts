import { assert, deferred, never, until } from '../facts.ts'
import type { Case } from '../suite.ts'
import { createLifecycle } from './aids.ts'
import type { TransportWorld } from './world.ts'

/** C6, C6a: background and offline. */
export const suspension: readonly Case<TransportWorld>[] = [
  {
    clause: 'C6',
    name: 'connection/suspended-means-quiet',
    async run(world) {
      const lifecycle = createLifecycle()
      const follower = world.follow({ from: 'start' }, { lifecycle })
      await follower.caughtUp(1)
      lifecycle.now.suspended('offline')
      assert.equal(follower.subscriber.state, 'suspended')
      await until('the connection to be closed', () => world.wire.open === 0)
      const { tried } = world.wire
      await world.append(3)
      await never('a try while offline', () => world.wire.tried > tried || follower.events.length > 0, 150)
      lifecycle.now.resumed('offline')
      await follower.reached(3)
      follower.assertExactly(1, 3)
    },
  },
  {
    clause: 'C6a',
    name: 'connection/coming-back-catches-up-first',
    async run(world) {
      const lifecycle = createLifecycle()
      const follower = world.follow({ from: 'start' }, { lifecycle })
      await world.append(2)
      await follower.reached(2)
      lifecycle.now.suspended('background')
      await world.append(5)
      const held = deferred()
      let reading = false
      world.faults.page = async (page) => {
        reading = true
        await held.promise
        return page
      }
      lifecycle.now.resumed('background')
      await until('the page to be read', () => reading)
      await world.append(2)
      await never('a live event before the missed ones', () => follower.events.length > 2, 60)
      held.resolve()
      await follower.reached(9)
      follower.assertExactly(1, 9)
      assert.deepEqual(await follower.caughtUp(2).then(({ kind }) => kind), 'recovered')
    },
  },
  {
    clause: 'C6a',
    name: 'connection/a-wake-verifies-an-open-line',
    async run(world) {
      const lifecycle = createLifecycle()
      const follower = world.follow({ from: 'start' }, { lifecycle, auditMs: 60_000 })
      await follower.caughtUp(1)
      world.faults.tamper = () => []
      world.faults.loseHeads = true
      await world.append(2)
      lifecycle.now.woke()
      await follower.reached(2, 2000)
      follower.assertExactly(1, 2)
    },
  },
]
