import fc from 'fast-check'
import { schedule, type Step } from './schedule.ts'
import { createWorld, type Subject } from './world.ts'

export interface SimulateOptions {
  /** How many schedules. */
  readonly runs: number
  /** Default: another one each time; it is printed on failure. */
  readonly seed?: number
  /** fast-check's path to one schedule within the seed, as a failure prints it. */
  readonly path?: string
}

/** The schedule that broke a guarantee, shrunk, with what replays it. */
export class SimulationFailure extends Error {
  readonly seed: number
  readonly path: string

  constructor(cause: unknown, seed: number, path: string, steps: readonly Step[], trace: readonly string[]) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(
      [
        reason,
        `replay: npm run simulate -- --seed ${seed} --path ${path}`,
        'schedule:',
        ...steps.map((step) => `  ${JSON.stringify(step)}`),
        'trace:',
        ...trace.map((line) => `  ${line}`),
      ].join('\n'),
      { cause },
    )
    this.name = 'SimulationFailure'
    this.seed = seed
    this.path = path
  }
}

/**
 * Runs the real core through random schedules of loss, repeats, reordering, cuts, crashes, restarts, rewinds, stale nodes,
 * clock jumps, suspends and expired tokens, in simulated time, and judges every delivery against what truly happened.
 * Rejects with a {@link SimulationFailure} for the smallest schedule that breaks a guarantee.
 */
export async function simulate(subject: Subject, { runs, seed = Date.now() % 0x7fffffff, path }: SimulateOptions): Promise<void> {
  const property = fc.asyncProperty(schedule, async (plan) => {
    await runSchedule(subject, plan)
  })
  const result = await fc.check(property, { numRuns: runs, seed, ...(path !== undefined && { path, endOnFailure: true }) })
  if (!result.failed) return
  const [plan] = result.counterexample ?? []
  if (!plan) throw new Error(`The simulation gave up (seed ${seed})`, { cause: result.errorInstance })
  const trace: readonly string[] = await runSchedule(subject, plan).then(
    () => ['(it passed when it ran again)'],
    (error: unknown) => (error instanceof ScheduleError ? error.trace : []),
  )
  const cause = result.errorInstance instanceof ScheduleError ? result.errorInstance.cause : result.errorInstance
  throw new SimulationFailure(cause, seed, result.counterexamplePath ?? '', plan.steps, trace)
}

class ScheduleError extends Error {
  readonly trace: readonly string[]

  constructor(cause: unknown, trace: readonly string[]) {
    super(String(cause), { cause })
    this.trace = trace
  }
}

async function runSchedule(subject: Subject, plan: { readonly seed: number; readonly steps: readonly Step[] }): Promise<void> {
  const world = createWorld(subject, plan.seed)
  try {
    for (const step of plan.steps) await world.run(step)
    await world.settle()
  } catch (error) {
    throw new ScheduleError(error, world.trace)
  }
}
