import type { Measured, Rounds } from './rounds.ts'

/** What a module of `measures/` exports: answers by key. */
export type Measure = (quick: boolean) => Promise<Readonly<Record<string, Measured>>>

export function roundsFor(quick: boolean, warmUp = 1): Rounds {
  return { count: quick ? 3 : 7, warmUp }
}
