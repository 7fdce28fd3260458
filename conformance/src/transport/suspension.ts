import { assert, never, until } from '../facts.ts'
import type { Case } from '../suite.ts'
import { createLifecycle, holdPages } from './aids.ts'
import type { TransportWorld } from './world.ts'

/** C6, C6a, C6b: background and offline. */
export const suspension: readonly Case<TransportWorld>[] = [
  {
    clause: 'C6',
    name: 'connection/suspended-means-quiet',
    async run(world) {
      const lifecycle = createLifecycle()
      const reader = world.follow({ from: 'start' }, { lifecycle })
      await reader.caughtUp(1)
      lifecycle.now.suspended('offline')
      assert.equal(reader.subscriber.state, 'suspended')
      await until('the connection to be closed', () => world.wire.open === 0)
      const { tried } = world.wire
      await world.append(3)
      await never('a try while offline', () => world.wire.tried > tried || reader.events.length > 0, 150)
      lifecycle.now.resumed('offline')
      await reader.reached(3)
      reader.assertExactly(1, 3)
    },
  },
  {
    clause: 'C6',
    name: 'machine/online-while-paused-or-refused',
    async run(world) {
      const lifecycle = createLifecycle()
      const reader = world.follow({ from: 'start' }, { lifecycle })
      await reader.caughtUp(1)
      lifecycle.now.suspended('paused')
      lifecycle.now.suspended('offline')
      await until('the connection to be closed', () => world.wire.open === 0)
      const tried = world.faults.tried
      lifecycle.now.resumed('offline')
      await never('a try while paused', () => world.faults.tried > tried, 60)
      assert.equal(reader.subscriber.state, 'suspended')
      lifecycle.now.resumed('paused')
      await reader.caughtUp(2)
      await world.rights.ban()
      world.wire.cut()
      await until('the refusal', () => reader.subscriber.state === 'failed')
      const refused = world.faults.tried
      lifecycle.now.suspended('offline')
      lifecycle.now.resumed('offline')
      lifecycle.now.woke()
      await never('a try after a refusal for good', () => world.faults.tried > refused, 60)
      assert.equal(reader.subscriber.state, 'failed')
      reader.subscriber.retry()
      await until('the app’s own retry', () => world.faults.tried > refused)
    },
  },
  {
    clause: 'C6a',
    name: 'connection/coming-back-catches-up-first',
    async run(world) {
      const lifecycle = createLifecycle()
      const reader = world.follow({ from: 'start' }, { lifecycle })
      await world.append(2)
      await reader.reached(2)
      lifecycle.now.suspended('background')
      await world.append(5)
      const pages = holdPages(world)
      lifecycle.now.resumed('background')
      await pages.asked()
      await world.append(2)
      await never('a live event before the missed ones', () => reader.events.length > 2, 60)
      pages.release()
      await reader.reached(9)
      reader.assertExactly(1, 9)
      assert.deepEqual(await reader.caughtUp(2).then(({ kind }) => kind), 'recovered')
    },
  },
  {
    clause: 'C6a',
    name: 'connection/a-wake-verifies-an-open-line',
    async run(world) {
      const lifecycle = createLifecycle()
      const reader = world.follow({ from: 'start' }, { lifecycle, auditMs: 60_000 })
      await reader.caughtUp(1)
      world.faults.tamper = () => []
      world.faults.loseHeads = true
      await world.append(2)
      lifecycle.now.woke()
      await reader.reached(2, 2000)
      reader.assertExactly(1, 2)
    },
  },
  {
    clause: 'C6b',
    name: 'connection/held-stays-and-waits',
    async run(world) {
      const lifecycle = createLifecycle()
      const reader = world.follow({ from: 'start' }, { lifecycle })
      await world.append(2)
      await reader.reached(2)
      lifecycle.now.held()
      await world.append(5)
      await never('an event while the app is held', () => reader.events.length > 2, 150)
      assert.equal(reader.subscriber.state, 'online')
      assert.equal(reader.subscriber.stats().connections, 1)
      lifecycle.now.released()
      await world.append(2)
      await reader.reached(9)
      reader.assertExactly(1, 9)
    },
  },
]
