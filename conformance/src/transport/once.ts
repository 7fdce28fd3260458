import { memoryCursors, type WireItem } from '@steadywire/core'
import { deferred, never, range, until } from '../facts.ts'
import type { Case } from '../suite.ts'
import { crashable } from './crash.ts'
import type { TransportWorld } from './world.ts'

/** D2, D2a: nothing comes twice, and a crash loses nothing. */
export const once: readonly Case<TransportWorld>[] = [
  {
    clause: 'D2',
    name: 'once/the-wire-repeats',
    async run(world) {
      const reader = world.follow({ from: 'start' })
      await reader.caughtUp(1)
      const said: WireItem[] = []
      world.faults.tamper = (items) => {
        said.push(...items)
        return [items, items, said.slice(-7)]
      }
      for (const _ of range(1, 20)) await world.append(3)
      await reader.reached(60)
      await world.append(1)
      await reader.reached(61)
      reader.assertExactly(1, 61)
    },
  },
  {
    clause: 'D2',
    name: 'once/old-events-come-again-after-a-reconnect',
    async run(world) {
      const reader = world.follow({ from: 'start' })
      await reader.caughtUp(1)
      const said: WireItem[] = []
      world.faults.tamper = (items) => {
        said.push(...items)
        return [items]
      }
      await world.append(20)
      await reader.reached(20)
      world.wire.cut()
      await reader.caughtUp(2)
      world.faults.inject((sink) => sink.events(said))
      await world.append(5)
      await reader.reached(25)
      reader.assertExactly(1, 25)
    },
  },
  {
    clause: 'D2',
    name: 'once/reconnect-storm',
    async run(world) {
      await world.append(30)
      const reader = world.follow({ from: 'start' })
      await reader.reached(30)
      for (const round of range(1, 12)) {
        const tried = world.wire.tried
        await world.append(2)
        if (round % 2) world.wire.cut()
        else world.wire.reset()
        await until('a new connection', () => world.wire.tried > tried)
      }
      await world.append(2)
      await reader.reached(56)
      reader.assertExactly(1, 56)
    },
  },
  {
    clause: 'D2a',
    name: 'once/crash-in-a-handler-brings-the-event-again',
    async run(world) {
      const store = memoryCursors()
      await world.append(5)
      const busy = deferred()
      const before = crashable(store)
      const first = world.follow(
        { from: 'start', name: 'app', onEvent: (event) => (event.seq === 3 ? busy.promise : undefined) },
        { cursors: before.store },
      )
      await first.reached(3)
      await until('the cursor of event 2 to be stored', () => before.last()?.startsWith('2~'))
      before.crash()
      await first.subscriber.close()
      busy.resolve()
      const second = world.follow({ from: 'now', name: 'app' }, { cursors: store })
      await second.reached(5)
      second.assertExactly(3, 5)
    },
  },
  {
    clause: 'D2a',
    name: 'once/cursor-waits-for-the-promise-of-a-handler',
    async run(world) {
      const store = crashable(memoryCursors())
      const busy = deferred()
      await world.append(3)
      const reader = world.follow(
        { from: 'start', name: 'app', onEvent: (event) => (event.seq === 2 ? busy.promise : undefined) },
        { cursors: store.store },
      )
      await reader.reached(2)
      await until('the cursor of event 1 to be stored', () => store.last()?.startsWith('1~'))
      const passed = () => store.all().some((cursor) => cursor.startsWith('2~'))
      await never('a cursor at event 2 while it is still being handled', passed, 60)
      busy.resolve()
      await until('the cursor of event 3 to be stored', () => store.last()?.startsWith('3~'))
    },
  },
]
