import { draft, drafts, readAll } from '../drafts.ts'
import { assert } from '../facts.ts'
import type { Case } from '../suite.ts'
import type { LogWorld } from './harness.ts'

/** E1a, E2, E2a: one append is one step, and a repeat is answered with the first position. */
export const idempotence: readonly Case<LogWorld>[] = [
  {
    clause: 'E2',
    name: 'log/same-id-is-one-event',
    async run({ log, second, topic }) {
      const one = draft('one')
      const [first] = await log.append(topic, [one])
      await log.append(topic, drafts(3))
      const [again] = await second.append(topic, [{ ...one, data: 'changed' }])
      assert.equal(first?.duplicate, false)
      assert.deepEqual(again, { position: first?.position, duplicate: true })
      const events = await readAll(log, topic)
      assert.equal(events.length, 4)
      assert.equal(events[0]?.data, 'one', 'the first one stays as it was')
    },
  },
  {
    clause: 'E2',
    name: 'log/same-key-is-one-event',
    async run({ log, second, topic }) {
      const [first] = await log.append(topic, [draft('one', { key: 'k' })])
      const [again] = await second.append(topic, [draft('two', { key: 'k' })])
      assert.deepEqual(again, { position: first?.position, duplicate: true })
      assert.equal((await readAll(log, topic)).length, 1)
    },
  },
  {
    clause: 'E2',
    name: 'log/repeats-within-a-batch',
    async run({ log, topic }) {
      const known = draft('known')
      await log.append(topic, [known])
      const twice = draft('twice')
      const batch = [draft('a', { key: 'k' }), known, draft('b', { key: 'k' }), twice, twice, draft('c')]
      const answers = await log.append(topic, batch)
      assert.deepEqual(
        answers.map(({ position }) => position.seq),
        [2, 1, 2, 3, 3, 4],
        'each draft is answered, in order',
      )
      assert.deepEqual(
        answers.map(({ duplicate }) => duplicate),
        [false, true, true, false, true, false],
      )
      assert.deepEqual(
        (await readAll(log, topic)).map(({ data }) => data),
        ['known', 'a', 'twice', 'c'],
      )
    },
  },
  {
    clause: 'E2',
    name: 'log/whole-batch-again',
    async run({ log, topic }) {
      const batch = drafts(10)
      const first = await log.append(topic, batch)
      const again = await log.append(topic, batch)
      assert.deepEqual(
        again.map(({ position }) => position),
        first.map(({ position }) => position),
      )
      assert.ok(again.every(({ duplicate }) => duplicate))
      assert.equal((await log.read(topic, { limit: 1 })).head, 10)
    },
  },
  {
    clause: 'E2a',
    name: 'log/keys-belong-to-their-producer',
    async run({ log, topic }) {
      const one = draft('mine', { key: 'k' })
      const mine = await log.append(topic, [one], { scope: 'client-a' })
      const theirs = await log.append(topic, [draft('theirs', { key: 'k' })], { scope: 'client-b' })
      const backend = await log.append(topic, [draft('backend', { key: 'k' })])
      const sameId = await log.append(topic, [{ ...one, key: 'k2' }], { scope: 'client-b' })
      for (const [appended] of [mine, theirs, backend, sameId]) assert.equal(appended?.duplicate, false)
      const again = await log.append(topic, [draft('again', { key: 'k' })], { scope: 'client-b' })
      assert.deepEqual(again, [{ position: theirs[0]?.position, duplicate: true }])
    },
  },
  {
    clause: 'E2',
    name: 'log/keys-of-any-text',
    async run({ log, topic }) {
      const texts = ['\ud800', '\ud801', '\udc00', '\\ud800', '"\\ud800"', 'a/b', 'a', '/', '}{', 'ü😀', '\n']
      for (const key of texts) {
        const [made] = await log.append(topic, [draft('new', { key })])
        assert.equal(made?.duplicate, false, `the key ${JSON.stringify(key)} is new`)
        const [again] = await log.append(topic, [draft('again', { key })])
        assert.deepEqual(again, { position: made?.position, duplicate: true }, `${JSON.stringify(key)} is known`)
      }
      const one = draft('one', { key: 'a' })
      for (const scope of texts) {
        const [made] = await log.append(topic, [one], { scope })
        assert.equal(made?.duplicate, false, `the scope ${JSON.stringify(scope)} has keys of its own`)
      }
    },
  },
  {
    clause: 'E1a',
    name: 'log/batch-fails-whole',
    async run({ log, topic }) {
      await log.append(topic, drafts(2))
      const refused = [draft(3, { key: 'k' }), draft(4, { final: true }), draft(5)]
      await assert.rejects(log.append(topic, refused))
      const page = await log.read(topic, { limit: 10 })
      assert.deepEqual([page.head, page.sealed ?? false], [2, false], 'nothing of a refused batch is there')
      const [key] = await log.append(topic, [draft('later', { key: 'k' })])
      assert.equal(key?.duplicate, false, 'nor are its keys')
      await assert.rejects(log.append(topic, drafts(1001)), 'more than 1,000 drafts are refused')
      assert.equal((await log.read(topic, { limit: 1 })).head, 3)
    },
  },
]
