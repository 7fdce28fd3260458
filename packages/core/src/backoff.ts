/** When to try again. */
export interface Backoff {
  /** Delay before the 1st, 2nd, … retry in ms; the last one repeats. Default 1, 2, 4, 8, 16, 30 s. */
  readonly delaysMs?: readonly number[]
  /** Tries in a row before the connection has `failed`. Default 10; `Infinity` never gives up. */
  readonly maxAttempts?: number
  /** Shortens each delay by a random share, the first one too, so that clients do not come back all at once. Default true. */
  readonly jitter?: boolean
}

export type BackoffRules = Required<Backoff>

export const defaultBackoff: BackoffRules = {
  delaysMs: [1000, 2000, 4000, 8000, 16_000, 30_000],
  maxAttempts: 10,
  jitter: true,
}

/**
 * The delay before retry `attempt` (1, 2, …). `random` is in [0, 1). The first delay varies over nearly its whole length:
 * that is what spreads a herd best ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015). The herd stays spread
 * then, so later delays vary less: nobody waits for several long ones in a row.
 */
export function backoffDelay(rules: BackoffRules, attempt: number, random: number): number {
  const delay = rules.delaysMs[Math.min(attempt, rules.delaysMs.length) - 1] ?? 0
  if (!rules.jitter) return delay
  return delay * (attempt === 1 ? 0.1 + 0.9 * random : 0.25 + 0.5 * random)
}
