import type { Appended } from '@steadywire/core'
import type { EventLog } from '@steadywire/server'
import { draft, drafts, readAll, seqs } from '../drafts.ts'
import { assert, range } from '../facts.ts'
import type { Case } from '../suite.ts'
import type { LogWorld } from './harness.ts'

/** D1e, D1f, D3: how a log numbers. */
export const order: readonly Case<LogWorld>[] = [
  {
    clause: 'D1e',
    name: 'log/seqs-without-holes',
    async run({ log, second, topic }) {
      const batches = await Promise.all(
        range(1, 40).map((n) => (n % 2 ? log : second).append(topic, drafts((n % 4) + 1))),
      )
      const given = batches.flat().map(({ position }) => position.seq)
      assert.deepEqual(
        [...given].sort((a, b) => a - b),
        range(1, given.length),
        'concurrent appends number without holes',
      )
      for (const batch of batches) assertRun(batch)
      assert.deepEqual(seqs(await readAll(log, topic)), range(1, given.length), 'the log has what it acknowledged')
    },
  },
  {
    clause: 'D1e',
    name: 'log/same-key-race-burns-no-seq',
    async run({ log, second, topic }) {
      const racers = range(1, 20).map((n) => (n % 2 ? log : second).append(topic, [draft(n, { key: 'the-one' })]))
      const answers = (await Promise.all(racers)).flat()
      assert.equal(answers.filter(({ duplicate }) => !duplicate).length, 1, 'one racer makes the event')
      assert.deepEqual(new Set(answers.map(({ position }) => position.seq)), new Set([1]), 'all are told its position')
      const [next] = await log.append(topic, [draft('next')])
      assert.equal(next?.position.seq, 2, 'the losers burned no number')
    },
  },
  {
    clause: 'D1e',
    name: 'log/refused-append-burns-no-seq',
    async run({ log, topic }) {
      await log.append(topic, drafts(2))
      await assert.rejects(
        log.append(topic, [draft(3, { final: true }), draft(4)]),
        'nothing comes after a final draft',
      )
      const [next] = await log.append(topic, [draft(3)])
      assert.equal(next?.position.seq, 3)
    },
  },
  {
    clause: 'D1e',
    name: 'log/topics-count-for-themselves',
    async run({ log, topic }) {
      await log.append(topic, drafts(3))
      const [first] = await log.append(`${topic}:b`, [draft(1)])
      assert.equal(first?.position.seq, 1)
      assert.deepEqual(seqs(await readAll(log, topic)), [1, 2, 3])
    },
  },
  {
    clause: 'D1f',
    name: 'log/commit-order-is-seq-order',
    async run({ log, second, topic }) {
      let writing = true
      const write = async (writer: EventLog) => {
        for (const n of range(1, 30)) await writer.append(topic, drafts((n % 5) + 1))
      }
      const writers = Promise.all([write(log), write(second)]).finally(() => {
        writing = false
      })
      let settled: string[] = []
      const look = async () => {
        const events = await readAll(second, topic)
        assert.deepEqual(seqs(events), range(1, events.length), 'what is visible has no hole')
        const ids = events.map(({ id }) => id)
        assert.deepEqual(ids.slice(0, settled.length), settled, 'nothing new appears at or below what was seen')
        settled = ids
      }
      while (writing) await look()
      await writers
      await look()
    },
  },
  {
    clause: 'D3',
    name: 'log/batch-keeps-its-order',
    async run({ log, topic }) {
      await log.append(topic, drafts(100))
      assert.deepEqual(
        (await readAll(log, topic)).map(({ data }) => data),
        range(1, 100),
      )
    },
  },
  {
    clause: 'D3',
    name: 'log/time-follows-seq',
    async run({ log, second, topic }) {
      await Promise.all(range(1, 20).map((n) => (n % 2 ? log : second).append(topic, drafts(2))))
      const times = (await readAll(log, topic)).map(({ time }) => time)
      assert.deepEqual(
        times,
        [...times].sort((a, b) => a - b),
        'time is stamped in the order of seq',
      )
    },
  },
]

function assertRun(batch: readonly Appended[]): void {
  const first = batch[0]?.position.seq ?? 0
  assert.deepEqual(
    batch.map(({ position }) => position.seq),
    range(first, first + batch.length - 1),
    'a batch stays together',
  )
}
