import { drafts } from '../drafts.ts'
import { assert, never, range, until } from '../facts.ts'
import type { Case } from '../suite.ts'
import { holdPages } from './aids.ts'
import type { TransportWorld } from './world.ts'

/** D6 to D6b: the handover from replay to live. */
export const seamless: readonly Case<TransportWorld>[] = [
  {
    clause: 'D6',
    name: 'seamless/append-while-attaching',
    async run(world) {
      await world.append(20)
      let writing = true
      const writer = (async () => {
        while (writing) {
          await world.append(3)
          await new Promise(setImmediate)
        }
      })()
      const headNow = async () => (await world.log.read(world.topic, { limit: 1 })).head
      try {
        for (const last of [undefined, 5, undefined, 12]) {
          const earliest = await headNow()
          const reader = world.follow({ from: last === undefined ? 'start' : { last } })
          await reader.caughtUp(1)
          const latest = await headNow()
          await reader.reached(latest + 5)
          const first = reader.seqs()[0] ?? 0
          if (last === undefined) assert.equal(first, 1, 'from the very first event')
          else assert.ok(first > earliest - last && first <= latest - last + 1, `the newest ${last}, not from ${first}`)
          reader.assertExactly(first, first + reader.events.length - 1)
          assert.deepEqual(reader.gaps, [])
          await reader.subscriber.close()
        }
      } finally {
        writing = false
        await writer
      }
    },
  },
  {
    clause: 'D6a',
    name: 'attach/event-between-confirm-and-head',
    async run(world) {
      await world.append(3)
      const direct = await world.direct()
      let between = 0
      world.log.beforeRead = async (topic) => {
        if (topic !== world.topic || between > 0) return
        between += 1
        await world.log.append(topic, drafts(1, 4))
      }
      world.log.afterRead = async (topic) => {
        if (topic !== world.topic || between !== 1) return
        between += 1
        await world.log.append(topic, drafts(1, 5))
      }
      const feed = await direct.attach(world.topic, { seq: 0 })
      assert.equal(between, 2, 'the first page was read')
      await until('each event on the page or the feed', () => {
        const seen = new Set([...feed.page.events, ...feed.items].flatMap((item) => ('skip' in item ? [] : [item.seq])))
        return range(1, 5).every((seq) => seen.has(seq))
      })
    },
  },
  {
    clause: 'D6a',
    name: 'attach/append-races-the-attach',
    async run(world) {
      const direct = await world.direct()
      for (const round of range(1, 20)) {
        const attaching = direct.attach(world.topic, { seq: 0 })
        if (round % 2) await new Promise(setImmediate)
        await world.append(1)
        const feed = await attaching
        await until('the event on the page or the feed', () =>
          [...feed.page.events, ...feed.items].some((item) => !('skip' in item) && item.seq === round),
        )
        feed.detach()
      }
    },
  },
  {
    clause: 'D6b',
    name: 'attach/live-waits-for-page',
    async run(world) {
      await world.append(3)
      const reader = world.follow({ from: 'start' })
      await reader.reached(3)
      await reader.caughtUp(1)
      const pages = holdPages(world)
      world.wire.cut()
      await pages.asked()
      await world.append(4)
      await never('a live event before the page', () => reader.events.length > 3, 60)
      pages.release()
      await reader.reached(7)
      reader.assertExactly(1, 7)
    },
  },
]
