import type { Clock } from './clock.ts'

/** What a project may, by default as on the free plan. */
export interface Limits {
  readonly connections: number
  readonly channelsPerConnection: number
  readonly joinsPerSecond: number
  /** Broadcasts and row changes, sent and received. By default none, so that a test may write as fast as it can. */
  readonly messagesPerSecond: number
  /** A broadcast's payload. */
  readonly broadcastBytes: number
  /** A row change: a larger one is cut. */
  readonly changeBytes: number
}

export const defaultLimits: Limits = {
  connections: 200,
  channelsPerConnection: 100,
  joinsPerSecond: 100,
  messagesPerSecond: Number.POSITIVE_INFINITY,
  broadcastBytes: 256_000,
  changeBytes: 1_048_576,
}

/** Counts what happened in the last second. */
export interface Rate {
  /** False: it is one too many. */
  take(): boolean
}

export function rateOf(perSecond: number, clock: Clock): Rate {
  const taken: number[] = []
  return {
    take() {
      if (perSecond === Number.POSITIVE_INFINITY) return true
      const now = clock.now()
      while (taken[0] !== undefined && taken[0] <= now - 1000) taken.shift()
      if (taken.length >= perSecond) return false
      taken.push(now)
      return true
    },
  }
}
