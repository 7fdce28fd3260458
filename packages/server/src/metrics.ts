import type { SteadywireError } from '@steadywire/core'

/** What a gateway is doing (the first three), and what it has done since it was made. */
export interface GatewayStats {
  readonly sessions: number
  /** Attached topics over all sessions. */
  readonly readers: number
  /** Topics that are followed, some for a while after their last reader left. */
  readonly topics: number
  /** Events handed to readers live; one event to ten readers counts ten. */
  readonly delivered: number
  /** The JSON text of what was handed over live, skips too, in characters; once for each reader. */
  readonly bytes: number
  /** Pages answered, and the events in them. */
  readonly pages: number
  readonly replayed: number
  readonly appended: number
  /** How often a slow reader fell back to reading the log. */
  readonly fallbacks: number
  /** Sessions and calls that were refused, limits included. */
  readonly rejected: number
  /** How often the feed of a topic was lost and followed anew. */
  readonly feedsLost: number
  /** Failures of the log and of command handlers. */
  readonly failures: number
}

export type Counters = { -readonly [K in Exclude<keyof GatewayStats, 'sessions' | 'readers' | 'topics'>]: number }

export function newCounters(): Counters {
  return {
    delivered: 0,
    bytes: 0,
    pages: 0,
    replayed: 0,
    appended: 0,
    fallbacks: 0,
    rejected: 0,
    feedsLost: 0,
    failures: 0,
  }
}

/** One thing that happened in a gateway. Holds no token and no event data. */
export type GatewayRecord =
  | { readonly kind: 'opened' | 'closed'; readonly subject: string | undefined }
  | { readonly kind: 'rejected'; readonly subject: string | undefined; readonly error: SteadywireError }
  | { readonly kind: 'fallback'; readonly subject: string | undefined; readonly topic: string }
  /** The log, or the handler of a command, failed. */
  | { readonly kind: 'failed'; readonly error: SteadywireError }

/** What it throws is ignored. */
export type ObserveGateway = (record: GatewayRecord) => void

/** Used where nobody observes: failures of the server must not stay unseen. Each code is logged once. */
export function logFailuresOnce(): ObserveGateway {
  const logged = new Set<string>()
  return (record) => {
    if (record.kind !== 'failed' || logged.has(record.error.code)) return
    logged.add(record.error.code)
    console.error(`steadywire: ${record.error.message}`, record.error.cause ?? '')
  }
}

export function isolated(observe: ObserveGateway): ObserveGateway {
  return (record) => {
    try {
      observe(record)
    } catch {
      // an observer's failure is its own
    }
  }
}
