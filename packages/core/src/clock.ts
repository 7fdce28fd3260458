/** Time as the core sees it: injected everywhere, so that tests and simulations are deterministic. */
export interface Clock {
  /** Monotonic milliseconds: for deadlines and delays. */
  now(): number
  /** Milliseconds since 1970, by the device: for what is shown and stored. */
  wall(): number
  /** Runs `task` once after `ms`; answers how to call it off. */
  after(ms: number, task: () => void): () => void
}

/** A number in [0, 1): for jitter. */
export type Random = () => number

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, task) {
    const timer = setTimeout(task, Math.min(ms, 0x7fffffff))
    return () => clearTimeout(timer)
  },
}

export const systemRandom: Random = () => Math.random()
