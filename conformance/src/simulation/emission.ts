import {
  type Appended,
  type Appender,
  type createEmitter,
  type Draft,
  isSteadywireError,
  type WireEvent,
  wireError,
} from '@steadywire/core'
import { createFakeClock, createTestLog, seededRandom } from '@steadywire/core/testing'
import fc from 'fast-check'
import { Violation } from './oracle.ts'

const topic = 'sim:1'
const keyWindowMs = 300_000
const deadlineMs = 10_000

/** The part of the core that is simulated here. */
export interface EmissionSubject {
  readonly createEmitter: typeof createEmitter
}

export type EmissionStep =
  | { readonly do: 'emit'; readonly count: number; readonly key?: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'weather'; readonly lostRequest: number; readonly lostAnswer: number; readonly late: number }
  | { readonly do: 'refuse'; readonly on: boolean }

const share = fc.constantFrom(0, 0, 0.2, 0.6, 1)

export const emissionSchedule: fc.Arbitrary<{ readonly seed: number; readonly steps: readonly EmissionStep[] }> =
  fc.record({
    seed: fc.nat(),
    steps: fc.array(
      fc.oneof(
        {
          weight: 6,
          arbitrary: fc.record({ do: fc.constant('emit' as const), count: fc.integer({ min: 1, max: 5 }) }),
        },
        {
          weight: 2,
          arbitrary: fc.record({
            do: fc.constant('emit' as const),
            count: fc.constant(1),
            key: fc.integer({ min: 1, max: 4 }),
          }),
        },
        {
          weight: 5,
          arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 300, 3000, 15_000, 70_000) }),
        },
        {
          weight: 4,
          arbitrary: fc.record({
            do: fc.constant('weather' as const),
            lostRequest: share,
            lostAnswer: share,
            late: share,
          }),
        },
        { weight: 1, arbitrary: fc.record({ do: fc.constant('refuse' as const), on: fc.boolean() }) },
      ),
      { minLength: 1, maxLength: 20, size: 'max' },
    ),
  })

/**
 * Runs the real emitter against a log that loses requests and answers and lets appends land long after they were given up,
 * and judges what stands in the log (E1, E2, E3).
 */
export async function runEmission(
  subject: EmissionSubject,
  { seed, steps }: { readonly seed: number; readonly steps: readonly EmissionStep[] },
): Promise<void> {
  const clock = createFakeClock()
  const random = seededRandom(seed)
  const log = createTestLog(() => clock.wall())
  const weather = { lostRequest: 0, lostAnswer: 0, late: 0 }
  let refusing = false
  let failure: Violation | undefined
  let ids = 0
  const outcomes: Outcome[] = []

  const to: Appender = {
    keyWindowMs,
    append: (name, drafts: readonly Draft[]) =>
      new Promise<readonly Appended[]>((resolve, reject) => {
        if (random() < weather.lostRequest) return
        const land = (): void => {
          if (refusing) {
            reject(wireError('refused', 'forbidden', 'not now'))
            return
          }
          const answer = log.append(name, drafts)
          if (random() >= weather.lostAnswer) clock.after(random() * 50, () => resolve(answer))
        }
        clock.after(random() < weather.late ? random() * 60_000 : random() * 50, land)
      }),
  }
  const emitter = subject.createEmitter({
    to,
    deadlineMs,
    clock,
    random,
    id: () => `event-${(++ids).toString().padStart(8, '0')}`,
  })

  function emit(key: string | undefined): void {
    const outcome: Outcome = { n: outcomes.length, key, emittedAt: clock.wall(), result: undefined }
    outcomes.push(outcome)
    emitter.emit(topic, 'tick', outcome.n, key === undefined ? {} : { key }).then(
      ({ position }) => {
        outcome.result = 'confirmed'
        const [event] = log.read(topic, { after: { seq: position.seq - 1 }, limit: 1 }).events
        if (!event || (key === undefined ? event.data !== outcome.n : event.key !== key))
          failure ??= new Violation(
            'E1',
            `emit ${outcome.n} was confirmed at ${position.seq}, but the log has it not there`,
          )
      },
      (error: unknown) => {
        outcome.result = isSteadywireError(error) && error.code === 'unconfirmed' ? 'unconfirmed' : 'failed'
      },
    )
  }

  for (const step of steps) {
    if (step.do === 'emit') for (let n = 0; n < step.count; n += 1) emit('key' in step ? `key-${step.key}` : undefined)
    else if (step.do === 'wait') await clock.advance(step.ms)
    else if (step.do === 'weather') Object.assign(weather, step)
    else refusing = step.on
    await clock.settle()
    if (failure) throw failure
  }
  Object.assign(weather, { lostRequest: 0, lostAnswer: 0, late: 0 })
  refusing = false
  await clock.advance(200_000)
  if (failure) throw failure
  judge(outcomes, log.read(topic, { limit: 100_000 }).events)
}

interface Outcome {
  readonly n: number
  readonly key: string | undefined
  /** By the log's clock. */
  readonly emittedAt: number
  result: 'confirmed' | 'unconfirmed' | 'failed' | undefined
}

function judge(outcomes: readonly Outcome[], events: readonly WireEvent[]): void {
  const places = new Map<number, number>()
  // An attempt that lands when the log may have forgotten its id: nobody can keep order then, and it was said to be unconfirmed.
  const tooLate = new Set<number>()
  const keys = new Set<string>()
  for (const { data, key, seq, time } of events) {
    const n = data as number
    if (places.has(n)) throw new Violation('E2', `emit ${n} made two events`)
    places.set(n, seq)
    const outcome = outcomes[n]
    if (outcome?.result === 'unconfirmed' && time > outcome.emittedAt + keyWindowMs - deadlineMs) tooLate.add(n)
    if (key === undefined) continue
    if (keys.has(key)) throw new Violation('E2', `${key} made two events`)
    keys.add(key)
  }
  for (const { n, key, result } of outcomes) {
    if (result === undefined) throw new Violation('E1', `emit ${n} was never settled`)
    if (result === 'failed' && places.has(n))
      throw new Violation('E1', `emit ${n} was said to have failed, but the log has it`)
    if (result === 'confirmed' && !places.has(n) && key === undefined)
      throw new Violation('E1', `emit ${n} was confirmed, but the log lacks it`)
  }
  const order = [...places].filter(([n]) => !tooLate.has(n)).sort(([a], [b]) => a - b)
  for (const [index, [n, seq]] of order.entries()) {
    const before = order[index - 1]
    if (before && before[1] > seq) throw new Violation('E3', `emit ${n} stands before emit ${before[0]}`)
  }
}
