import type { SessionState } from './session-state.ts'

/** Where in the session the page is, in numbers. */
export interface Moment {
  /** Since the start, ms. */
  readonly at: number
  /** Up to the newest event, ms. */
  readonly behind: number
  /** The place in the topic that is shown, and the last one: unlike the number of kept events it only grows. */
  readonly seq: number
  readonly newest: number
  /** Since the start, ms: what came before is not kept, apart from what it led to. Undefined: all is. */
  readonly keptFrom: number | undefined
}

/** The moment after the first `count` of the kept events. */
export function momentOf({ base, events, view, ledger }: SessionState, count: number): Moment {
  const startedAt = view.startedAt ?? 0
  const lastAt = view.lastAt ?? startedAt
  const time = events[count - 1]?.time ?? base.lastAt ?? startedAt
  const newest = ledger.ranges.at(-1)?.[1] ?? 0
  return {
    at: time - startedAt,
    behind: lastAt - time,
    seq: count === events.length ? newest : (events[count - 1]?.seq ?? (events[0]?.seq ?? 1) - 1),
    newest,
    keptFrom: base.lastAt === undefined ? undefined : base.lastAt - startedAt,
  }
}
