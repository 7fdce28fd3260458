import { type Clock, systemClock } from '@steadywire/core'

/** A clock, and how many of its timers are waiting: 0 proves that none was left behind. */
export interface CountingClock extends Clock {
  readonly pending: number
}

/** @param clock Default: the system's. */
export function createCountingClock(clock: Clock = systemClock): CountingClock {
  const timers = new Set<object>()
  return {
    now: clock.now,
    wall: clock.wall,
    after(ms, task) {
      const timer = {}
      timers.add(timer)
      const cancel = clock.after(ms, () => {
        timers.delete(timer)
        task()
      })
      return () => {
        timers.delete(timer)
        cancel()
      }
    },
    get pending() {
      return timers.size
    },
  }
}
