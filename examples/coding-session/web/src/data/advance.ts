import type { KeptEvent } from './view.ts'

/** A silence in the session is played no longer than that, ms. */
const longestPauseMs = 1500

export interface Advance {
  /** So many events are shown then. */
  readonly count: number
  /** Of the time that was there, what the next event does not take yet, ms. */
  readonly left: number
}

/** Plays events after the first `count` for as long as a time of the session lasts. */
export function advance(events: readonly KeptEvent[], count: number, ms: number): Advance {
  let left = ms
  for (let shown = count; ; shown++) {
    const pause = pauseBefore(events, shown)
    if (pause === undefined) return { count: shown, left: 0 }
    if (pause > left) return { count: shown, left }
    left -= pause
  }
}

/** How long the event after the first `count` is waited for, ms of the session; undefined if there is none. */
export function pauseBefore(events: readonly KeptEvent[], count: number): number | undefined {
  const next = events[count]
  return next && Math.min(Math.max(0, next.time - (events[count - 1]?.time ?? next.time)), longestPauseMs)
}
