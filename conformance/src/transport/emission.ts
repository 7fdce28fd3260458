import { type Appender, isSteadywireError, wireError } from '@steadywire/core'
import { draft, readAll } from '../drafts.ts'
import { assert, pause, range, rejection } from '../facts.ts'
import type { Case } from '../suite.ts'
import { appender, degraded, emitting } from './emitting.ts'
import type { TransportWorld } from './world.ts'

/** E1 to E3a, D10: an emitter over the adapter's connection; over the log, where the wire cannot append. */
export const emission: readonly Case<TransportWorld>[] = [
  {
    clause: 'E1',
    name: 'emit/resolved-means-stored',
    async run(world) {
      const { emitter, topic, outcome } = emitting(world)
      for (const n of range(1, 20)) {
        const { position } = await emitter.emit(topic, 'note', { n })
        const { head, epoch } = await world.log.read(topic.name, { limit: 1 })
        assert.deepEqual([position.seq, position.epoch, head], [n, epoch, n])
      }
      return outcome
    },
  },
  {
    clause: 'E1a',
    name: 'emit/a-batch-is-whole-or-nothing',
    async run(world) {
      const batch = [draft(1), draft(2, { final: true }), draft(3)]
      const to = appender(world)
      await rejection('a batch that goes on after its end', to.append(world.topic, batch))
      assert.equal((await world.log.read(world.topic, { limit: 1 })).head, 0)
      const [first, second] = await to.append(world.topic, batch.slice(0, 2))
      assert.deepEqual([first?.position.seq, second?.position.seq], [1, 2])
      return degraded(world)
    },
  },
  {
    clause: 'E1b',
    name: 'emit/arrives-as-it-was-sent',
    async run(world) {
      const { emitter, topic, outcome } = emitting(world)
      const reader = world.record(world.subscriber(), topic.name, { from: 'start' })
      const data = { n: 1, text: 'zażółć 🦑 \u2028 "q"\n', list: [null, true, 1e21] }
      await emitter.emit(topic, 'note', data, { key: 'a key', actor: 'an actor', entity: { type: 'job', id: '42' } })
      await emitter.emit(topic, 'remark', { n: 2 }, { final: true })
      await reader.reached(2)
      const [first, last] = reader.events
      assert.deepEqual(
        [first?.type, first?.data, first?.actor, first?.entity, first?.topic],
        ['note', data, 'an actor', { type: 'job', id: '42' }, topic.name],
      )
      assert.equal(last?.final, true)
      return outcome
    },
  },
  {
    clause: 'E2',
    name: 'emit/same-key-is-one-event',
    async run(world) {
      const { emitter, topic, outcome } = emitting(world)
      const first = await emitter.emit(topic, 'note', { n: 1 }, { key: 'k' })
      const again = await emitter.emit(topic, 'note', { n: 2 }, { key: 'k' })
      assert.deepEqual([first.duplicate, again], [false, { position: first.position, duplicate: true }])
      assert.equal((await readAll(world.log, topic.name)).length, 1)
      return outcome
    },
  },
  {
    clause: 'E2',
    name: 'emit/the-answer-is-lost',
    async run(world) {
      const { emitter, topic, outcome } = emitting(world)
      await emitter.emit(topic, 'note', { n: 0 })
      if (outcome === 'degraded') return outcome
      world.faults.loseAppendAnswers = 2
      const answers = await Promise.all(range(1, 5).map((n) => emitter.emit(topic, 'note', { n })))
      assert.deepEqual(
        answers.map(({ position }) => position.seq),
        range(2, 6),
      )
      assert.deepEqual(
        (await readAll(world.log, topic.name)).map(({ data }) => data),
        range(0, 5).map((n) => ({ n })),
      )
      return undefined
    },
  },
  {
    clause: 'E2a',
    name: 'emit/keys-belong-to-their-producer',
    async run(world) {
      const mine = appender(world)
      const theirs = world.capabilities.append
        ? world.subscriber({ identity: { subject: 'other', token: world.rights.issue('other') } })
        : {
            append: (topic: string, drafts: Parameters<Appender['append']>[1]) =>
              world.log.append(topic, drafts, { scope: 'other' }),
          }
      const answers = [
        await mine.append(world.topic, [draft(1, { key: 'k' })]),
        await theirs.append(world.topic, [draft(2, { key: 'k' })]),
        await world.log.append(world.topic, [draft(3, { key: 'k' })], { scope: 'the backend' }),
      ]
      assert.ok(
        answers.flat().every(({ duplicate }) => !duplicate),
        'nobody can take another one’s key',
      )
      return degraded(world)
    },
  },
  {
    clause: 'E2c',
    name: 'emit/zombie-append-after-give-up',
    async run(world) {
      const underWay: (() => Promise<unknown>)[] = []
      const zombie: Appender = {
        keyWindowMs: world.log.keyWindowMs,
        async append(topic, drafts) {
          underWay.push(() => world.log.append(topic, drafts))
          throw wireError('retry', 'connection_lost', 'nobody knows whether it happened')
        },
      }
      const { emitter, topic } = emitting(world, { to: zombie, giveUpAfterMs: 120 })
      const error = await rejection(
        'an emit whose outcome stays unknown',
        emitter.emit(topic, 'note', { n: 1 }, { key: 'k' }),
      )
      assert.ok(isSteadywireError(error))
      assert.equal(error.code, 'unconfirmed')
      assert.ok(underWay.length > 1, 'it was retried')
      for (const land of underWay) await land()
      assert.equal((await readAll(world.log, topic.name)).length, 1, 'what lands late makes one event')
      const again = emitting(world, { to: world.log }, topic)
      assert.equal(
        (await again.emitter.emit(topic, 'note', { n: 1 }, { key: 'k' })).duplicate,
        true,
        'a second emit is safe',
      )
    },
  },
  {
    clause: 'E3',
    name: 'emit/calls-keep-their-order-over-failures',
    async run(world) {
      let calls = 0
      const inner = appender(world)
      const flaky: Appender = {
        async append(topic, drafts) {
          calls += 1
          if (calls % 3 === 1) throw wireError('retry', 'unavailable', 'not now')
          const answer = await inner.append(topic, drafts)
          if (calls % 3 === 2) throw wireError('retry', 'connection_lost', 'the answer was lost')
          return answer
        },
      }
      const { emitter, topic, outcome } = emitting(world, { to: flaky, batch: { maxEvents: 7 } })
      await Promise.all(range(1, 60).map((n) => emitter.emit(topic, 'note', { n })))
      assert.deepEqual(
        (await readAll(world.log, topic.name)).map(({ data }) => data),
        range(1, 60).map((n) => ({ n })),
      )
      return outcome
    },
  },
  {
    clause: 'E3',
    name: 'emit/calls-keep-their-order-over-cuts',
    async run(world) {
      const { emitter, topic, outcome } = emitting(world, { batch: { maxEvents: 5 } })
      const emits: Promise<unknown>[] = []
      for (const last of [20, 40, 60]) {
        emits.push(...range(last - 19, last).map((n) => emitter.emit(topic, 'note', { n })))
        await untilHead(world, topic.name, last - 19)
        world.wire.cut()
      }
      await Promise.all(emits)
      if (world.capabilities.append) assert.ok(world.wire.tried >= 2, 'the line was cut, and opened again')
      assert.deepEqual(
        (await readAll(world.log, topic.name)).map(({ data }) => data),
        range(1, 60).map((n) => ({ n })),
      )
      return outcome
    },
  },
  {
    clause: 'E3a',
    name: 'emit/one-refused-draft-takes-no-other-along',
    async run(world) {
      const choosy: Appender = {
        async append(topic, drafts) {
          if (drafts.some(({ data }) => JSON.stringify(data).includes('13')))
            throw wireError('refused', 'limit_reached', 'no 13')
          return world.log.append(topic, drafts)
        },
      }
      const { emitter, topic } = emitting(world, { to: choosy })
      const emits = await Promise.allSettled(range(10, 20).map((n) => emitter.emit(topic, 'note', { n })))
      assert.deepEqual(
        emits.map(({ status }) => status),
        range(10, 20).map((n) => (n === 13 ? 'rejected' : 'fulfilled')),
      )
      assert.deepEqual(
        (await readAll(world.log, topic.name)).map(({ data }) => data),
        range(10, 20)
          .filter((n) => n !== 13)
          .map((n) => ({ n })),
      )
    },
  },
  {
    clause: 'D10',
    name: 'emit/a-forbidden-topic-takes-nothing',
    async run(world) {
      await world.rights.forbid(world.topic)
      if (!world.capabilities.append) return 'degraded'
      const error = await rejection('an append without the right', world.subscriber().append(world.topic, [draft(1)]))
      assert.ok(isSteadywireError(error))
      assert.deepEqual([error.code, error.retryable], ['forbidden', false])
      assert.equal((await world.log.read(world.topic, { limit: 1 })).head, 0)
      return undefined
    },
  },
]

/** Waits until so many events of the topic are in the log. */
async function untilHead(world: TransportWorld, topic: string, head: number): Promise<void> {
  const end = performance.now() + 5000
  while ((await world.log.read(topic, { limit: 1 })).head < head) {
    assert.ok(performance.now() < end, `waited in vain: event ${head} of ${topic}`)
    await pause(3)
  }
}
