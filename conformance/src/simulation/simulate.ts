import fc from 'fast-check'
import type { Subject } from './app.ts'
import { type EmissionSubject, emissionSchedule, runEmission } from './emission.ts'
import { schedule } from './schedule.ts'
import { createWorld } from './world.ts'

export interface SimulateOptions {
  /** How many schedules. */
  readonly runs: number
  /** Default: another one each time; it is printed on failure. */
  readonly seed?: number
  /** fast-check's path to one schedule within the seed, as a failure prints it. */
  readonly path?: string
}

/** A random schedule: the seed of the world's own chance, and what happens in it. */
interface Plan {
  readonly seed: number
  readonly steps: readonly unknown[]
}

/** The smallest schedule found that breaks a guarantee, and what replays it. */
export class SimulationFailure extends Error {
  constructor(part: string, cause: unknown, seed: number, path: string, plan: Plan, trace: readonly string[]) {
    super(
      [
        cause instanceof Error ? cause.message : String(cause),
        `replay: npm run simulate -- ${part} --seed ${seed} --path ${path}`,
        'schedule:',
        ...plan.steps.map((step) => `  ${JSON.stringify(step)}`),
        ...(trace.length > 0 ? ['trace:', ...trace.map((line) => `  ${line}`)] : []),
      ].join('\n'),
      { cause },
    )
    this.name = 'SimulationFailure'
  }
}

/**
 * Runs the real subscriber through random schedules of loss, repeats, reordering, cuts, crashes, restarts, rewinds, stale
 * nodes, clock jumps, suspends and expired tokens, in simulated time, and judges every delivery against what truly
 * happened. Rejects with a {@link SimulationFailure} for the smallest schedule that breaks a guarantee.
 */
export function simulateDelivery(subject: Subject, options: SimulateOptions): Promise<void> {
  return explore('delivery', schedule, options, async (plan, trace) => {
    const world = createWorld(subject, plan.seed, trace)
    for (const step of plan.steps) await world.run(step)
    await world.settle()
  })
}

/** The same for the real emitter, over a log that loses requests and answers and lets appends land late. */
export function simulateEmission(subject: EmissionSubject, options: SimulateOptions): Promise<void> {
  return explore('emission', emissionSchedule, options, (plan) => runEmission(subject, plan))
}

async function explore<P extends Plan>(
  part: string,
  plans: fc.Arbitrary<P>,
  { runs, seed = Date.now() % 0x7fffffff, path }: SimulateOptions,
  run: (plan: P, trace: string[]) => Promise<void>,
): Promise<void> {
  const property = fc.asyncProperty(plans, (plan) => run(plan, []))
  const result = await fc.check(property, {
    numRuns: runs,
    seed,
    ...(path !== undefined && { path, endOnFailure: true }),
  })
  if (!result.failed) return
  const [plan] = result.counterexample ?? []
  if (!plan) throw new Error(`The simulation gave up (seed ${seed})`, { cause: result.errorInstance })
  const trace: string[] = []
  await run(plan, trace).catch(() => {})
  throw new SimulationFailure(part, result.errorInstance, seed, result.counterexamplePath ?? '', plan, trace)
}
