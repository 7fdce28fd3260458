import { markOf } from '@steadywire/core'
import { draft, drafts, fill, readAll, seqs } from '../drafts.ts'
import { assert, range } from '../facts.ts'
import type { Case } from '../suite.ts'
import type { LogWorld } from './harness.ts'

/** D4g, E2b: what a log may forget. */
export const retention: readonly Case<LogWorld>[] = [
  {
    clause: 'D4g',
    name: 'log/retention-prefix-only',
    async run({ log, second, topic, trim }) {
      await fill(log, topic, 60)
      let cutting = true
      const cut = async () => {
        for (const seq of range(1, 10)) await trim?.(topic, seq * 5)
      }
      const trimming = cut().finally(() => {
        cutting = false
      })
      do {
        const page = await second.read(topic, { limit: 1000 })
        assert.deepEqual(seqs(page.events), range(page.oldest, 60), 'what is left is a tail without holes')
      } while (cutting)
      await trimming
      assert.equal((await log.read(topic, { limit: 1 })).oldest, trim ? 51 : 1)
      return trim ? undefined : 'degraded'
    },
  },
  {
    clause: 'D4g',
    name: 'log/mark-below-oldest',
    async run({ log, topic, trim }) {
      await fill(log, topic, 10)
      const events = await readAll(log, topic)
      await trim?.(topic, 6)
      const { epoch = '', id = '' } = events[5] ?? {}
      const right = await log.read(topic, { after: { epoch, seq: 6, mark: markOf(id) }, limit: 100 })
      assert.deepEqual(
        [right.rewound, seqs(right.events)],
        [undefined, range(7, 10)],
        'the cursor just below the oldest still fits',
      )
      const wrong = await log.read(topic, { after: { epoch, seq: 6, mark: 'another0' }, limit: 100 })
      assert.deepEqual([wrong.rewound, wrong.events], [true, []], 'and one with another mark does not')
      return trim ? undefined : 'degraded'
    },
  },
  {
    clause: 'D4g',
    name: 'log/empty-after-trim-keeps-its-place',
    async run({ log, topic, trim }) {
      await fill(log, topic, 10)
      const last = (await readAll(log, topic)).at(-1)
      if (!trim) return 'degraded'
      await trim(topic, 10)
      const page = await log.read(topic, { limit: 10 })
      assert.deepEqual([page.oldest, page.head, page.through, page.events], [11, 10, 10, []])
      assert.deepEqual([page.epoch, page.mark], [last?.epoch, markOf(last?.id ?? '')])
      const [next] = await log.append(topic, [draft('next')])
      assert.equal(next?.position.seq, 11, 'the count goes on')
      return undefined
    },
  },
  {
    clause: 'D4g',
    name: 'log/page-after-a-trimmed-position-says-oldest',
    async run({ log, topic, trim }) {
      await fill(log, topic, 10)
      await trim?.(topic, 6)
      const { epoch = '' } = await log.read(topic, { limit: 1 })
      const page = await log.read(topic, { after: { epoch, seq: 2 }, limit: 100 })
      assert.deepEqual([page.oldest, seqs(page.events)], trim ? [7, range(7, 10)] : [1, range(3, 10)])
      return trim ? undefined : 'degraded'
    },
  },
  {
    clause: 'E2b',
    name: 'log/key-outlives-trim',
    async run({ log, topic, trim }) {
      const first = draft('first', { key: 'k' })
      const [made] = await log.append(topic, [first])
      await log.append(topic, drafts(5))
      await trim?.(topic, 4)
      const [byKey] = await log.append(topic, [draft('again', { key: 'k' })])
      const [byId] = await log.append(topic, [first])
      for (const again of [byKey, byId]) assert.deepEqual(again, { position: made?.position, duplicate: true })
      assert.equal((await log.read(topic, { limit: 1 })).head, 6)
      return trim ? undefined : 'degraded'
    },
  },
  {
    clause: 'E2b',
    name: 'log/key-outlives-restart',
    async run({ log, topic, restart }) {
      const [made] = await log.append(topic, [draft('first', { key: 'k' })])
      const reopened = restart ? await restart('kept') : log
      const [again] = await reopened.append(topic, [draft('again', { key: 'k' })])
      assert.deepEqual(again, { position: made?.position, duplicate: true })
      return restart ? undefined : 'degraded'
    },
  },
]
