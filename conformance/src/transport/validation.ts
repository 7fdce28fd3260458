import { type Appender, isSteadywireError, type Observation, wireError } from '@steadywire/core'
import { freshTopic, readAll } from '../drafts.ts'
import { assert, range, rejection, until } from '../facts.ts'
import type { Case } from '../suite.ts'
import { appender, emitting, marked, note, notes, textOf } from './emitting.ts'
import type { TransportWorld } from './world.ts'

/** E4 to E6: what may be emitted, and what happens to the rest. */
export const validation: readonly Case<TransportWorld>[] = [
  {
    clause: 'E4',
    name: 'emit/bad-data-does-not-leave',
    async run(world) {
      const { emitter, topic, outcome } = emitting(world)
      const error = await rejection('bad data', emitter.emit(topic, 'note', JSON.parse('{"n":"seven"}')))
      assert.ok(isSteadywireError(error))
      assert.equal(error.code, 'invalid_data')
      assert.match(error.message, /\bn\b/, 'the wrong field is named')
      assert.equal((await world.log.read(topic.name, { limit: 1 })).head, 0)
      return outcome
    },
  },
  {
    clause: 'E4a',
    name: 'emit/a-bad-event-is-reported-and-stepped-over',
    async run(world) {
      const topic = notes({ id: freshTopic('n').replace(':', '-') })
      await world.log.append(topic.name, [note({ n: 1 }), note({ n: 'seven' }), note(null), note({ n: 4 })])
      const { seen, errors } = watch(world, topic)
      await until('the last event', () => seen.includes(4))
      await world.log.append(topic.name, [note({ bad: true }), note({ n: 6 })])
      await until('the last live event', () => seen.includes(6))
      assert.deepEqual(seen, [1, 4, 6])
      assert.deepEqual(errors, ['invalid_data', 'invalid_data', 'invalid_data'])
    },
  },
  {
    clause: 'E4b',
    name: 'emit/an-unknown-type-is-passed-over',
    async run(world) {
      const topic = notes({ id: freshTopic('n').replace(':', '-') })
      await world.log.append(topic.name, [note({ n: 1 }), { ...note({ n: 2 }), type: 'of-tomorrow' }, note({ n: 3 })])
      const { seen, errors } = watch(world, topic)
      await until('the last event', () => seen.includes(3))
      assert.deepEqual([seen, errors], [[1, 3], []])
    },
  },
  {
    clause: 'E5',
    name: 'emit/over-the-cap',
    async run(world) {
      const { emitter, topic, outcome } = emitting(world)
      const big = { n: 1, text: 'ü'.repeat(150) }
      const error = await rejection('data over the cap', emitter.emit(topic, 'note', big))
      assert.ok(isSteadywireError(error))
      assert.equal(error.code, 'too_large', '150 characters, but 300 bytes')
      assert.equal((await world.log.read(topic.name, { limit: 1 })).head, 0)
      const reader = world.subscriber()
      const cut = marked({ id: 'x' })
      const kinds: unknown[] = []
      reader.subscribe(cut, {
        from: 'start',
        event: (event) => void kinds.push(event.truncated ? 'truncated' : event.data),
        gap() {},
      })
      await emitter.emit(cut, 'note', big)
      await emitter.emit(cut, 'note', { n: 2 })
      await until('both events', () => kinds.length === 2)
      assert.deepEqual(kinds, ['truncated', { n: 2 }])
      return outcome
    },
  },
  {
    clause: 'E5a',
    name: 'emit/long-text-is-split',
    async run(world) {
      const { emitter, topic, outcome } = emitting(world)
      const text = range(1, 60)
        .map((n) => `line ${n} 🦑 "ü" \u001b[31mred\u001b[0m\n`)
        .join('')
      const out = emitter.text(topic, 'note', (part) => ({ n: 1, text: part }))
      for (const index of range(0, Math.floor(text.length / 37)))
        await out.write(text.slice(index * 37, (index + 1) * 37))
      await out.end()
      const events = await readAll(world.log, topic.name)
      assert.equal(events.map(({ data }) => textOf(data)).join(''), text)
      assert.ok(events.length > 10)
      for (const { data } of events) {
        assert.ok(Buffer.byteLength(JSON.stringify(data)) <= 200, 'every piece is within the cap')
        assert.ok(!/\p{Surrogate}/u.test(textOf(data)), 'no character is broken')
      }
      return outcome
    },
  },
  {
    clause: 'E6',
    name: 'emit/try-emit-never-throws',
    async run(world) {
      let down = true
      const inner = appender(world)
      const to: Appender = {
        async append(topic, drafts) {
          if (down) throw wireError('refused', 'forbidden', 'not allowed')
          return inner.append(topic, drafts)
        },
      }
      const reported: string[] = []
      const observe = (record: Observation) => void (record.kind === 'error' && reported.push(record.error.code))
      const { emitter, topic, outcome } = emitting(world, { to, observe })
      const bad = await emitter.tryEmit(topic, 'note', JSON.parse('{"n":"seven"}'))
      const refused = await emitter.tryEmit(topic, 'note', { n: 1 })
      assert.deepEqual([bad.ok, refused.ok, emitter.stats().failed], [false, false, 2])
      assert.deepEqual([bad.error?.code, refused.error?.code], ['invalid_data', 'forbidden'])
      assert.deepEqual(reported, ['invalid_data', 'forbidden'], 'what failed is reported')
      down = false
      const fine = await emitter.tryEmit(topic, 'note', { n: 2 })
      assert.equal(fine.ok, true)
      await emitter.close()
      assert.equal((await emitter.tryEmit(topic, 'note', { n: 3 })).ok, false)
      assert.equal((await world.log.read(topic.name, { limit: 1 })).head, 1)
      return outcome
    },
  },
]

/** What an app with the schemas of `notes` sees of a topic. */
function watch(world: TransportWorld, topic: ReturnType<typeof notes>) {
  const seen: number[] = []
  const errors: string[] = []
  world.subscriber().subscribe(topic, {
    from: 'start',
    event: ({ seq }) => void seen.push(seq),
    gap() {},
    error: ({ code }) => void errors.push(code),
  })
  return { seen, errors }
}
