import { createFakeClock } from '@steadywire/core/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memoryLog } from '../src/index.ts'

interface ModelEvent {
  readonly seq: number
  readonly id: string
  readonly time: number
  erased: boolean
}

const maxEvents = 6
const maxAgeMs = 50
const keyWindowMs = 80

/** The log as one would write it without a thought for speed: every event ever written, filtered at each question. */
class Model {
  readonly events: ModelEvent[] = []
  readonly known: {
    readonly scope: string
    readonly id: string
    readonly key: string | undefined
    readonly seq: number
    readonly time: number
  }[] = []

  append(drafts: readonly { id: string; key?: string }[], scope: string, now: number) {
    return drafts.map(({ id, key }) => {
      const same = (entry: Model['known'][number]) => entry.scope === scope && now - entry.time <= keyWindowMs
      const found =
        this.known.findLast((entry) => same(entry) && entry.id === id) ??
        this.known.findLast((entry) => same(entry) && key !== undefined && entry.key === key)
      if (found) return { seq: found.seq, duplicate: true }
      const seq = this.events.length + 1
      this.events.push({ seq, id, time: now, erased: false })
      this.known.push({ scope, id, key, seq, time: now })
      return { seq, duplicate: false }
    })
  }

  read(after: number, limit: number, now: number) {
    const head = this.events.length
    const gone = this.events.filter((event) => event.seq <= head - maxEvents || event.time <= now - maxAgeMs).length
    const kept = this.events.filter((event) => event.seq > Math.max(gone, after) && !event.erased)
    const events = kept.slice(0, limit).map((event) => event.seq)
    const cut = kept[limit]
    return { oldest: gone + 1, head, events, through: cut ? cut.seq - 1 : head }
  }
}

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g')
const action = fc.oneof(
  fc.record({
    kind: fc.constant('append' as const),
    drafts: fc.array(fc.record({ id, key: fc.option(fc.constantFrom('k1', 'k2', 'k3'), { nil: undefined }) }), {
      minLength: 1,
      maxLength: 4,
    }),
    scope: fc.constantFrom('one', 'two'),
  }),
  fc.record({ kind: fc.constant('read' as const), after: fc.nat(20), limit: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(40) }),
  fc.record({ kind: fc.constant('erase' as const), seq: fc.integer({ min: 1, max: 20 }) }),
  fc.constant({ kind: 'restore' as const }),
)

test('[D4] the memory log does what the simplest model of a log does, whatever comes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40, size: 'max' }), async (actions) => {
      const clock = createFakeClock()
      const options = { clock, retention: { maxEvents, maxAgeMs }, keyWindowMs }
      let log = memoryLog(options)
      const model = new Model()
      for (const step of actions) {
        const now = clock.wall()
        if (step.kind === 'append') {
          const drafts = step.drafts.map(({ id, key }) => ({
            id,
            type: 'x',
            data: null,
            ...(key !== undefined && { key }),
          }))
          const answers = await log.append('t', drafts, { scope: step.scope })
          expect(answers.map(({ position, duplicate }) => ({ seq: position.seq, duplicate }))).toEqual(
            model.append(drafts, step.scope, now),
          )
        } else if (step.kind === 'read') {
          const page = await log.read('t', { limit: step.limit, after: { seq: step.after } })
          const { oldest, head, through } = page
          expect({ oldest, head, through, events: page.events.map((event) => event.seq) }).toEqual(
            model.read(step.after, step.limit, now),
          )
        } else if (step.kind === 'erase') {
          const kept = step.seq >= model.read(0, 1, now).oldest
          const event = model.events[step.seq - 1]
          await log.read('t', { limit: 1 })
          expect(await log.erase('t', step.seq)).toBe(kept && event !== undefined && !event.erased)
          if (event) event.erased = true
        } else if (step.kind === 'wait') await clock.advance(step.ms)
        else log = memoryLog({ ...options, from: JSON.parse(JSON.stringify(log.dump())) })
      }
    }),
    { numRuns: 300 },
  )
})
