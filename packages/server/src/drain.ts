import { type Clock, type Random, type WireError, wireError } from '@steadywire/core'

export interface CloseOptions {
  /** For how long connections may go on after they were told. Default 5,000 ms. */
  readonly graceMs?: number
  /** The clients are asked to come back within this time, each at another moment. Default 5,000 ms. */
  readonly spreadMs?: number
}

/** Said to everybody while the server goes away: come back, but not all at once. */
export function goingAway(spreadMs: number, random: Random): WireError {
  return wireError('retry', 'going_away', 'The server is going away', {
    retryAfterMs: Math.round(random() * spreadMs),
    hint: 'Connect again: another server process will answer, or this one after its restart.',
  })
}

/** Resolves when `idle` does, or after `ms`. */
export function within(clock: Clock, ms: number, idle: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve)
    void idle.then(() => {
      cancel()
      resolve()
    })
  })
}
