import { type Clock, systemClock } from '@steadywire/core'

/** The system's clock, and how many of its timers are waiting: 0 proves that none was left behind. */
export interface CountingClock extends Clock {
  readonly pending: number
}

export function createCountingClock(): CountingClock {
  const timers = new Set<object>()
  return {
    now: systemClock.now,
    wall: systemClock.wall,
    after(ms, task) {
      const timer = {}
      timers.add(timer)
      const cancel = systemClock.after(ms, () => {
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
