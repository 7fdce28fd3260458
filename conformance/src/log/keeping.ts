import { type Draft, markOf } from '@steadywire/core'
import { draft, drafts, fill, readAll, seqs } from '../drafts.ts'
import { assert } from '../facts.ts'
import type { Case } from '../suite.ts'
import type { LogWorld } from './harness.ts'

/** D4h, D4i, E1, E1b: a log keeps what it acknowledged, and says when it is another one. */
export const keeping: readonly Case<LogWorld>[] = [
  {
    clause: 'E1',
    name: 'log/acknowledged-is-stored',
    async run({ log, second, topic }) {
      for (let n = 1; n <= 20; n += 1) {
        const [made] = await log.append(topic, [draft(n)])
        const page = await second.read(topic, { limit: 100 })
        assert.deepEqual(
          [page.head, page.events.at(-1)?.data],
          [made?.position.seq, n],
          'readable as soon as acknowledged',
        )
      }
    },
  },
  {
    clause: 'E1',
    name: 'log/acknowledged-survives-a-restart',
    async run({ log, topic, restart }) {
      await fill(log, topic, 12)
      const before = await readAll(log, topic)
      const reopened = restart ? await restart('kept') : log
      assert.deepEqual(await readAll(reopened, topic), before)
      const [next] = await reopened.append(topic, [draft('next')])
      assert.equal(next?.position.seq, 13, 'the count goes on')
      return restart ? undefined : 'degraded'
    },
  },
  {
    clause: 'E1b',
    name: 'log/gives-back-what-it-got',
    async run({ log, topic }) {
      const rich: Draft[] = [
        draft(
          { text: 'zażółć 🦑 \u2028 "quoted" \\ \n', list: [1, -0.5, 1e21, null, true], deep: { a: [{ b: {} }] } },
          { key: 'clé ∑', actor: 'user ü', entity: { type: 'job', id: '42' } },
        ),
        draft(null, { entity: { type: 'jobs' } }),
        draft(''),
        draft(0, { type: 'other.type' }),
        draft(JSON.parse('{"__proto__": {"x": 1}, "constructor": 2, "": 3}')),
      ]
      const { data: _, ...bare } = draft(0)
      rich.push({ ...bare, truncated: true })
      const before = Date.now()
      const answers = await log.append(topic, rich)
      const events = await readAll(log, topic)
      for (const [index, event] of events.entries()) {
        const { topic: name, seq, epoch, time, ...content } = event
        assert.equal(JSON.stringify(sorted(content)), JSON.stringify(sorted(rich[index])))
        assert.deepEqual([name, seq], [topic, index + 1])
        assert.ok(Math.abs(time - before) < 60_000, 'time is in ms since 1970')
        assert.deepEqual(answers[index]?.position, { epoch, seq, mark: markOf(event.id) })
      }
      assert.equal(events.length, rich.length)
    },
  },
  {
    clause: 'E1b',
    name: 'log/keeps-no-reference-to-a-draft',
    async run({ log, topic }) {
      const data = { n: 1 }
      await log.append(topic, [draft(data)])
      data.n = 2
      assert.deepEqual((await readAll(log, topic))[0]?.data, { n: 1 })
    },
  },
  {
    clause: 'D4h',
    name: 'log/foreign-epoch',
    async run({ log, topic }) {
      await fill(log, topic, 5)
      const { epoch } = await log.read(topic, { limit: 1 })
      const page = await log.read(topic, { after: { epoch: 'another', seq: 2 }, limit: 10 })
      assert.deepEqual([page.events, page.epoch, page.head], [[], epoch, 5], 'no events, and its own epoch')
    },
  },
  {
    clause: 'D4h',
    name: 'log/rewind-same-epoch',
    async run({ log, topic, rewind }) {
      await fill(log, topic, 10)
      const before = await readAll(log, topic)
      await rewind?.(topic, 6)
      if (rewind) await log.append(topic, drafts(8, 100))
      const { epoch = '', id = '' } = before[8] ?? {}
      const mark = rewind ? markOf(id) : 'another0'
      const page = await log.read(topic, { after: { epoch, seq: 9, mark }, limit: 100 })
      assert.deepEqual([page.rewound, page.events, page.epoch], [true, [], epoch])
      const settled = before[4]
      const still = await log.read(topic, { after: { epoch, seq: 5, mark: markOf(settled?.id ?? '') }, limit: 100 })
      assert.deepEqual(
        [still.rewound, seqs(still.events)[0]],
        [undefined, 6],
        'a position before the rewind still holds',
      )
      return rewind ? undefined : 'degraded'
    },
  },
  {
    clause: 'D4h',
    name: 'log/mark-that-agrees',
    async run({ log, topic }) {
      await fill(log, topic, 5)
      for (const { epoch, seq, id } of await readAll(log, topic)) {
        const page = await log.read(topic, { after: { epoch, seq, mark: markOf(id) }, limit: 100 })
        assert.deepEqual([page.rewound, page.events.length], [undefined, 5 - seq])
      }
    },
  },
  {
    clause: 'D4i',
    name: 'log/epoch-stays-with-its-events',
    async run({ log, second, topic, restart }) {
      await fill(log, topic, 3)
      const { epoch } = await log.read(topic, { limit: 1 })
      assert.match(epoch ?? '', /^[\w.:-]{1,64}$/)
      assert.equal((await second.read(topic, { limit: 1 })).epoch, epoch)
      const reopened = restart ? await restart('kept') : log
      await reopened.append(topic, drafts(1))
      assert.equal((await reopened.read(topic, { limit: 1 })).epoch, epoch)
      return restart ? undefined : 'degraded'
    },
  },
  {
    clause: 'D4i',
    name: 'log/epoch-changes-with-the-log',
    async run({ log, topic, restart }) {
      await fill(log, topic, 3)
      const { epoch } = await log.read(topic, { limit: 1 })
      if (!restart) return 'degraded'
      const reopened = await restart('lost')
      await reopened.append(topic, drafts(1))
      const page = await reopened.read(topic, { limit: 10 })
      assert.equal(page.head, 1, 'a lost log counts from 1 again')
      assert.notEqual(page.epoch, epoch)
      return undefined
    },
  },
]

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, sorted(inner)])
}
