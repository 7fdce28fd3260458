import type { Clock } from '../clock.ts'

/** A clock that only moves when told to. */
export interface FakeClock extends Clock {
  /** Moves on by `ms`, running what falls due in order; promises settle after every step. */
  advance(ms: number): Promise<void>
  /** Lets promises settle without moving. */
  settle(): Promise<void>
  /** How many timers are waiting: 0 proves that nothing was left behind. */
  readonly pending: number
  /** Moves the device's wall clock alone, as a user or a time server would. */
  jumpWall(ms: number): void
}

interface Timer {
  readonly at: number
  readonly order: number
  readonly task: () => void
}

/** @param wall What `wall()` says at the start, ms since 1970. */
export function createFakeClock(wall = 1_700_000_000_000): FakeClock {
  const timers = new Set<Timer>()
  let now = 0
  let order = 0
  let offset = wall

  const next = (until: number): Timer | undefined => {
    let first: Timer | undefined
    for (const timer of timers)
      if (timer.at <= until && (!first || timer.at < first.at || (timer.at === first.at && timer.order < first.order)))
        first = timer
    return first
  }

  return {
    now: () => now,
    wall: () => offset + now,
    after(ms, task) {
      const timer = { at: now + Math.max(0, ms), order: order++, task }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    async advance(ms) {
      const until = now + ms
      await settle()
      for (let timer = next(until); timer; timer = next(until)) {
        now = Math.max(now, timer.at)
        timers.delete(timer)
        timer.task()
        await settle()
      }
      now = until
    },
    settle,
    get pending() {
      return timers.size
    },
    jumpWall(ms) {
      offset += ms
    },
  }
}

/** Long chains of promises settle within a turn of the event loop; only a macrotask is sure to come after them. */
function settle(): Promise<void> {
  return new Promise((resolve) => macrotask(resolve))
}

const { setImmediate } = globalThis as { setImmediate?: (task: () => void) => void }
const macrotask = setImmediate ?? ((task: () => void) => setTimeout(task, 0))
