import type { Goal } from './goals.ts'
import type { Measured } from './rounds.ts'

export type Verdict = 'beyond' | 'reached' | 'no' | 'not measured'

/** Where a key stands: `beyond` means that the further goal is reached too. */
export function verdict(goal: Goal, { value, ratio }: Measured): Verdict {
  const found = goal.by === 'ratio' ? ratio : value
  if (found === null || Number.isNaN(found)) return 'not measured'
  const within = (limit: number) => (goal.better === 'lower' ? found <= limit : found >= limit)
  return within(goal.andThen) ? 'beyond' : within(goal.goal) ? 'reached' : 'no'
}
