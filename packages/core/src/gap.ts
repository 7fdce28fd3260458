import type { Position } from './event.ts'

/**
 * Why events cannot be had.
 * - `trimmed`: retention removed them.
 * - `epoch`: the log was recreated or lost; positions of the old one mean nothing.
 * - `rewound`: the log was taken back in time under the same epoch.
 * - `unknown`: the wire has no positions, so nobody can say what was missed.
 */
export type GapReason = 'trimmed' | 'epoch' | 'rewound' | 'unknown'

/** The events after `from`, up to and including `to`, cannot be had; the stream goes on after `to`. */
export interface Gap {
  readonly topic: string
  readonly reason: GapReason
  readonly from: Position
  readonly to: Position
}

/**
 * Said after every attach, once caught up.
 * - `fresh`: the subscription had no position before.
 * - `continuous`: nothing had been missed.
 * - `recovered`: `count` events had been missed and were replayed.
 * - `lost`: `gap` could not be had; `count` events were replayed around it.
 */
export type Continuity =
  | { readonly kind: 'fresh'; readonly count: number }
  | { readonly kind: 'continuous' }
  | { readonly kind: 'recovered'; readonly count: number }
  | { readonly kind: 'lost'; readonly count: number; readonly gap: Gap }
