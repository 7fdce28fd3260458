import { draft } from '../drafts.ts'
import { assert, deferred, pause, range, until } from '../facts.ts'
import type { Case } from '../suite.ts'
import { lastSeqOf } from './direct.ts'
import type { TransportWorld } from './world.ts'

/** D8, D8a: slow, but neither heavy nor lossy. */
export const bounded: readonly Case<TransportWorld>[] = [
  {
    clause: 'D8',
    name: 'bounded/a-stalled-handler-holds-little',
    async run(world) {
      const stalled = deferred()
      let held = 0
      let most = 0
      const reader = world.follow(
        { from: 'start', buffer: 50, onEvent: () => stalled.promise },
        {
          observe(record) {
            if (record.kind !== 'event') return
            if (record.stage === 'received' || record.stage === 'read') held += 1
            if (record.stage === 'delivered') held -= 1
            most = Math.max(most, held)
          },
        },
      )
      await reader.caughtUp(1)
      let arrived = 0
      world.faults.tamper = (items) => {
        arrived = Math.max(arrived, ...items.map(lastSeqOf))
        return [items]
      }
      for (const _ of range(1, 40)) await world.append(100)
      // Where the machine is so busy that a line is taken for dead, the next one brings them by pages.
      const isReplaced = () => reader.subscriber.stats().connections > 1
      await until('the last event to arrive', () => arrived === 4000 || isReplaced(), 15_000)
      await reader.reached(1)
      assert.equal(reader.events.length, 1)
      stalled.resolve()
      await reader.reached(4000, 18_000)
      reader.assertExactly(1, 4000)
      assert.ok(most >= 20 && most <= 60, `at most about 50 events wait in the core, not ${most}`)
    },
  },
  {
    clause: 'D8',
    name: 'bounded/the-server-does-not-buffer-for-who-stands-still',
    async run(world) {
      const direct = await world.direct()
      const feed = await direct.attach(world.topic)
      if (!world.proxy || world.gateway.stats().sessions === 0) {
        await world.append(5)
        await feed.reached(5)
        return 'degraded'
      }
      world.wire.stall()
      const data = 'x'.repeat(60_000)
      let sent = 0
      while (world.gateway.stats().fallbacks === 0) {
        assert.ok(sent < 1000, `after ${sent * 60} kB the server still buffers`)
        await world.log.append(
          world.topic,
          range(1, 10).map(() => draft(data)),
        )
        sent += 10
        await pause(1) // for the sockets: what they still take is not buffered by the server
      }
      world.wire.flow()
      await until('the reader to be told of what it missed', () => feed.heads.some((at) => !at || at.seq >= sent))
      const page = await direct.connection.read(world.topic, { limit: 3 }, new AbortController().signal)
      assert.equal(page.head, sent, 'and the log has it')
      return undefined
    },
  },
  {
    clause: 'D8a',
    name: 'bounded/a-slow-handler-loses-nothing',
    async run(world) {
      const reader = world.follow({
        from: 'start',
        buffer: 20,
        onEvent: (event) => (event.seq % 10 === 0 ? new Promise((resolve) => setImmediate(resolve)) : undefined),
      })
      await reader.caughtUp(1)
      for (const round of range(1, 50)) {
        await world.append(30)
        if (round === 25) world.wire.cut()
      }
      await reader.reached(1500, 10_000)
      reader.assertExactly(1, 1500)
    },
  },
  {
    clause: 'D8a',
    name: 'bounded/a-line-that-stands-still-for-a-while',
    async run(world) {
      const reader = world.follow({ from: 'start' })
      await reader.caughtUp(1)
      world.wire.stall()
      for (const _ of range(1, 30)) await world.append(100)
      world.wire.flow()
      await reader.reached(3000, 10_000)
      reader.assertExactly(1, 3000)
    },
  },
]
