/** Time, as everything here takes it. */
export interface Clock {
  now(): number
  /** Runs once, later; the answer cancels it. A pending one does not keep the process alive. */
  after(ms: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

export const wait = (clock: Clock, ms: number): Promise<void> =>
  ms > 0 ? new Promise((resolve) => void clock.after(ms, resolve)) : Promise.resolve()
