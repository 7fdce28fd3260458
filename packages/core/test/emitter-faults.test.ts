import { type Appended, createEmitter, type Draft, wireError } from '@steadywire/core'
import { createFakeClock, createTestLog } from '@steadywire/core/testing'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'

type Fault = 'none' | 'lost before' | 'lost after' | 'lands late' | 'never lands' | 'rate limited' | 'forbidden'

const fault = fc.constantFrom<Fault>(
  'none',
  'none',
  'lost before',
  'lost after',
  'lands late',
  'never lands',
  'rate limited',
  'forbidden',
)
const step = fc.record({
  emits: fc.array(fc.record({ topic: fc.constantFrom('a', 'b'), bad: fc.nat(9), key: fc.nat(30) }), { maxLength: 8 }),
  advance: fc.constantFrom(0, 10, 300, 2000, 12_000, 70_000),
})

it('[E2] [E3] keeps order and makes no second event, whatever happens to the appends', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.array(fault, { maxLength: 40 }), async (steps, faults) => {
      const clock = createFakeClock()
      const log = createTestLog(() => clock.wall())
      const plan = [...faults]
      const append = async (topic: string, drafts: readonly Draft[]): Promise<readonly Appended[]> => {
        const apply = (): readonly Appended[] => {
          if (drafts.some(({ data }) => (data as { bad: boolean }).bad))
            throw wireError('refused', 'invalid_draft', 'Bad')
          return log.append(topic, drafts)
        }
        const lost = wireError('retry', 'connection_lost', 'Lost')
        switch (plan.shift() ?? 'none') {
          case 'none':
            return apply()
          case 'lost before':
            throw lost
          case 'lost after':
            apply()
            throw lost
          case 'rate limited':
            throw wireError('retry', 'rate_limited', 'Slow down', { retryAfterMs: 1234 })
          case 'forbidden':
            throw wireError('refused', 'forbidden', 'Not you')
          case 'never lands':
            return new Promise(() => {})
          case 'lands late':
            return new Promise((resolve, reject) => {
              clock.after(25_000, () => {
                try {
                  resolve(apply())
                } catch (error) {
                  reject(error)
                }
              })
            })
        }
      }
      const emitter = createEmitter({
        to: { append, keyWindowMs: 86_400_000 },
        clock,
        random: () => 0.5,
        giveUpAfterMs: 30_000,
      })
      const outcomes: Promise<void>[] = []
      /** Said to have failed for certain. */
      const certain: number[] = []
      let n = 0
      for (const { emits, advance } of steps) {
        for (const { topic, bad, key } of emits) {
          const data = { n: ++n, bad: bad === 0 }
          // Some keys come twice, most never.
          const emitted = emitter.emit(topic, 'any', data, key < 5 && bad > 0 ? { key: `${key}` } : {})
          outcomes.push(
            emitted.then(
              ({ position, duplicate }) => {
                const event = log.read(topic, { limit: 10_000 }).events[position.seq - 1]
                if (duplicate) expect(event?.key).toBe(`${key}`)
                else expect(event?.data).toEqual(data)
              },
              (error) => {
                if (error.code !== 'unconfirmed') certain.push(data.n)
              },
            ),
          )
        }
        await clock.advance(advance)
      }
      plan.splice(0)
      await clock.advance(200_000)
      await Promise.all(outcomes)
      for (const topic of ['a', 'b']) {
        const { events } = log.read(topic, { limit: 10_000 })
        const order = events.map(({ data }) => (data as { n: number }).n)
        expect(order).toEqual(order.toSorted((a, b) => a - b))
        const keys = events.flatMap(({ key }) => key ?? [])
        expect(new Set(keys).size).toBe(keys.length)
        expect(new Set(order).size).toBe(order.length)
      }
      const all = ['a', 'b'].flatMap((topic) => log.read(topic, { limit: 10_000 }).events)
      expect(all.filter(({ data }) => certain.includes((data as { n: number }).n))).toEqual([])
      expect(emitter.stats().appended).toBeLessThanOrEqual(all.length)
      expect(emitter.stats().queued).toBe(0)
      expect(clock.pending).toBe(0)
    }),
    { numRuns: 300 },
  )
}, 60_000)
