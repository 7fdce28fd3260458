import type { WireEvent } from '@steadywire/core'
import type { EventLog } from '@steadywire/server'
import { draft, drafts, fill, readAll, seqs } from '../drafts.ts'
import { assert, never, until, within } from '../facts.ts'
import type { Case } from '../suite.ts'
import type { LogWorld } from './harness.ts'

/** D1g: a tail wakes, or says that it is lost. */
export const tailing: readonly Case<LogWorld>[] = [
  {
    clause: 'D1g',
    name: 'log/tail-wakes-for-each-append',
    async run({ log, second, topic }) {
      const tail = await listen(log, topic)
      for (const writer of [log, second, log]) {
        const { wakes } = tail
        await writer.append(topic, drafts(2))
        await until('the tail to wake', () => tail.wakes > wakes)
      }
      assert.equal(tail.lost, 0, 'nobody broke it')
      const events = new Map((await readAll(log, topic)).map((event) => [event.seq, event]))
      for (const batch of tail.batches) {
        const given = seqs(batch)
        const ascending = [...new Set(given)].sort((a, b) => a - b)
        assert.deepEqual(given, ascending, 'a tail gives events ascending')
        for (const event of batch)
          assert.deepEqual(event, events.get(event.seq), 'what a tail gives is what the log has')
      }
      await tail.stop()
    },
  },
  {
    clause: 'D1g',
    name: 'log/tail-of-the-unborn-wakes',
    async run({ log, topic }) {
      const tail = await listen(log, topic)
      await log.append(topic, [draft('first')])
      await until('the tail of an unborn topic to wake', () => tail.wakes > 0)
      await tail.stop()
    },
  },
  {
    clause: 'D1g',
    name: 'log/tail-lost-then-poll',
    async run({ log, topic, breakTails }) {
      await fill(log, topic, 2)
      const tail = await listen(log, topic)
      await breakTails?.()
      await log.append(topic, drafts(2, 3))
      await until('the broken tail to say so, or to wake', () => tail.wakes + tail.lost > 0)
      assert.equal(
        (await log.read(topic, { limit: 10 })).head,
        4,
        'the reader compares positions and finds what it missed',
      )
      const again = await listen(log, topic)
      await log.append(topic, drafts(1, 5))
      await until('the new tail to wake', () => again.wakes > 0)
      assert.equal(tail.callsAfterLost, 0, 'a tail that was lost is not called any more')
      await tail.stop()
      await again.stop()
      return breakTails ? undefined : 'degraded'
    },
  },
  {
    clause: 'D1g',
    name: 'log/tails-share-nothing',
    async run({ log, topic }) {
      const [one, two] = [await listen(log, topic), await listen(log, topic)]
      const elsewhere = await listen(log, `${topic}:b`)
      await one.stop()
      await log.append(topic, drafts(3))
      await until('the other tail to wake', () => two.wakes > 0)
      assert.deepEqual([one.wakes, elsewhere.batches.flat()], [0, []], 'a stopped tail and another topic hear nothing')
      await two.stop()
      await elsewhere.stop()
    },
  },
  {
    clause: 'D7b',
    name: 'log/tail-that-throws-harms-nobody',
    async run({ log, topic }) {
      const stop = await log.tail(topic, {
        wake() {
          throw new Error('a listener with a bug')
        },
        lost() {},
      })
      const tail = await listen(log, topic)
      const [made] = await within('the append', log.append(topic, [draft(1)]))
      assert.equal(made?.position.seq, 1)
      await until('the other tail to wake', () => tail.wakes > 0)
      await stop()
      await tail.stop()
    },
  },
  {
    clause: 'C7',
    name: 'log/stopped-tail-is-silent',
    async run({ log, topic }) {
      const tail = await listen(log, topic)
      await tail.stop()
      const { wakes } = tail
      await log.append(topic, drafts(3))
      await never('a stopped tail wakes', () => tail.wakes > wakes, 50)
      await tail.stop()
    },
  },
]

async function listen(log: EventLog, topic: string) {
  // Only noted here, and judged by the cases: a log need not let pass what a listener throws.
  const heard = { wakes: 0, lost: 0, callsAfterLost: 0, batches: [] as (readonly WireEvent[])[] }
  const stop = await log.tail(topic, {
    wake(events) {
      if (heard.lost > 0) heard.callsAfterLost += 1
      heard.wakes += 1
      heard.batches.push(events)
    },
    lost() {
      if (heard.lost > 0) heard.callsAfterLost += 1
      heard.lost += 1
    },
  })
  return Object.assign(heard, { stop })
}
