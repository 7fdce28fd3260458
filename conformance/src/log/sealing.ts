import { isSteadywireError } from '@steadywire/core'
import { draft, drafts, readAll } from '../drafts.ts'
import { assert, rejection } from '../facts.ts'
import type { Case } from '../suite.ts'
import type { LogWorld } from './harness.ts'

/** D9b, D9c: how a topic ends. */
export const sealing: readonly Case<LogWorld>[] = [
  {
    clause: 'D9c',
    name: 'log/sealed-refuses',
    async run({ log, second, topic }) {
      await log.append(topic, [draft(1), draft(2, { final: true })])
      for (const batch of [drafts(1), [draft('final', { final: true })]]) {
        const error = await rejection('an append after the end', second.append(topic, batch))
        assert.ok(isSteadywireError(error), `a SteadywireError, not ${String(error)}`)
        assert.deepEqual([error.code, error.kind], ['sealed', 'refused'])
      }
      assert.equal((await readAll(log, topic)).length, 2)
    },
  },
  {
    clause: 'D9c',
    name: 'log/sealed-answers-repeats',
    async run({ log, topic }) {
      const batch = [draft(1, { key: 'k' }), draft(2, { final: true })]
      const first = await log.append(topic, batch)
      const again = await log.append(topic, batch)
      assert.deepEqual(
        again,
        first.map(({ position }) => ({ position, duplicate: true })),
        'a retry of the end is answered',
      )
      await assert.rejects(log.append(topic, [...batch, draft(3)]), 'but not together with something new')
    },
  },
  {
    clause: 'D9b',
    name: 'log/sealed-is-said',
    async run({ log, second, topic, trim }) {
      await log.append(topic, [draft(1), draft(2, { final: true })])
      assert.equal((await second.read(topic, { limit: 10 })).sealed, true)
      assert.equal((await second.read(topic, { limit: 1 })).sealed, true, 'also on a page that does not reach the end')
      await trim?.(topic, 2)
      const page = await log.read(topic, { limit: 10 })
      assert.deepEqual([page.sealed, page.head], [true, 2], 'also when retention removed the final event')
      await assert.rejects(log.append(topic, drafts(1)))
      return trim ? undefined : 'degraded'
    },
  },
]
