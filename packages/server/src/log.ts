import type { Appended, Draft, Page, ReadRange, WireEvent } from '@steadywire/core'

/** How many drafts one append takes. */
export const maxBatch = 1_000

/**
 * Keeps the events of topics: what a log author writes. Each method rejects with a `SteadywireError`; kind `retry`
 * means that it is not known whether it happened, and that the same call may be repeated.
 */
export interface EventLog {
  /** For how many ms ids and keys are remembered after their append, whatever retention trims meanwhile (E2). */
  readonly keyWindowMs: number
  /**
   * One atomic step, all or nothing, and the order of visibility is the order of seq. Under the topic's lock: look up ids
   * and keys (also within the batch), number only what is new, stamp the time, write. Ids and keys are scoped by the
   * producer (`by.scope`, default one common scope). Rejects with `sealed` (kind `refused`) after a final event, unless
   * every draft is a repeat. At most {@link maxBatch} drafts.
   */
  append(topic: string, drafts: readonly Draft[], by?: { readonly scope: string }): Promise<readonly Appended[]>
  /**
   * One snapshot of a range and what it proves: see `Page`. A position of another epoch gives no events and the log's
   * own epoch; one whose mark differs gives `rewound`. `oldest - 1` keeps its mark. A topic that was never written is
   * unborn: no epoch, `oldest` 1, `head` 0, `through` 0. Without `after` and `last` it reads from the oldest. With
   * `last`, the newest `limit` events (below `before`, if given), ascending. `through` is the seq up to which the
   * page is complete: the head, if nothing after the last event was left out for the limit.
   */
  read(topic: string, range: ReadRange): Promise<Page>
  /**
   * Follows a topic from now on. Resolves once every later append is certain to call `wake` or `lost`; answers how to
   * stop. `wake` may give the new events (ascending; a help, not a promise), or none: then the reader reads. After
   * `lost` nothing more is called; the reader tails again and compares positions.
   */
  tail(topic: string, on: TailListener): Promise<() => Promise<void>>
}

export interface TailListener {
  wake(events: readonly WireEvent[]): void
  lost(error: unknown): void
}
