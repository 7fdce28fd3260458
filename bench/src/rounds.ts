import { median } from './statistics.ts'

/** One key's outcome. Without a base, there is nothing to compare it with in the same run. */
export interface Measured {
  readonly value: number
  readonly base: number | null
  readonly ratio: number | null
}

export interface Rounds {
  /** How many count: medians are taken over them. */
  readonly count: number
  /** Run before them, and not counted. */
  readonly warmUp: number
}

type Side = () => number | Promise<number>

/** Runs both sides in turns (base, ours, base, ours …), so that what disturbs the machine disturbs both. */
export async function compare(rounds: Rounds, base: Side, ours: Side): Promise<Measured> {
  const [first] = await compareSeveral(
    rounds,
    async () => [await base()],
    async () => [await ours()],
  )
  return first ?? measured(Number.NaN)
}

/** The same for sides that measure several things at once. */
export async function compareSeveral(
  rounds: Rounds,
  base: () => Promise<readonly number[]>,
  ours: () => Promise<readonly number[]>,
): Promise<readonly Measured[]> {
  const taken: { readonly base: readonly number[]; readonly ours: readonly number[] }[] = []
  for (let round = 0; round < rounds.warmUp + rounds.count; round++) {
    const pair = { base: await base(), ours: await ours() }
    if (round >= rounds.warmUp) taken.push(pair)
  }
  return (taken[0]?.ours ?? []).map((_, index) =>
    measured(
      median(taken.map((pair) => pair.ours[index] ?? Number.NaN)),
      median(taken.map((pair) => pair.base[index] ?? Number.NaN)),
    ),
  )
}

export function measured(value: number, base?: number): Measured {
  return base === undefined ? { value, base: null, ratio: null } : { value, base, ratio: value / base }
}
