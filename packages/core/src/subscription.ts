import type { Cursor } from './cursors.ts'
import type { SteadywireError } from './errors.ts'
import type { Position } from './event.ts'
import type { Continuity, Gap, GapReason } from './gap.ts'
import type { EventOf, TopicLike, TypeOf } from './topic.ts'
import type { AnyTransport, UnsequencedTransport } from './transport.ts'

/**
 * Where a subscription starts: at the beginning of the log, with what comes from now on, with the newest n events
 * (1 to 10,000), or after a position. Pinned to a position when it is first resolved.
 */
export type From = 'start' | 'now' | { readonly last: number } | Cursor | Position

/**
 * - `attaching`: waiting for the connection, or for the topic's feed to be confirmed
 * - `replaying`: reading what was missed
 * - `live`: caught up
 * - `delayed`: this topic failed, or its log contradicts the position; tried again by its own backoff
 * - `refused`: this reader may not read the topic
 * - `ended`: the topic is sealed, and its last event was delivered
 * - `detached`: unsubscribed
 */
export type SubscriptionStatus = 'attaching' | 'replaying' | 'live' | 'delayed' | 'refused' | 'ended' | 'detached'

export interface LoadContext {
  /** `attach`: the first of this process; else the reason of the gap. */
  readonly reason: 'attach' | GapReason
  /** The stream goes on after this position: what is loaded must be at least as new. */
  readonly at: Position
  /** Aborted when the subscription ends. */
  readonly signal: AbortSignal
}

/** A promise is waited for before the next callback of this subscription starts; what it throws is reported. */
type Callback<T> = (value: T) => unknown

interface Options<T extends TopicLike, Type extends TypeOf<T>, Wire extends AnyTransport> {
  /** Default `now`. */
  readonly from?: From
  /** Only with a name is a cursor stored; then the stored one goes before `from`. */
  readonly name?: string
  /** Only these types are delivered; the event's type narrows to them. */
  readonly types?: readonly Type[]
  /** `gapless`: refuses a wire without positions. */
  readonly require?: Wire extends UnsequencedTransport ? never : 'gapless'
  /** How many events may wait for a slow handler, 1 to 10,000; above it the log keeps them (D8). Default 1,000. */
  readonly buffer?: number
  readonly event: Callback<EventOf<T, Type>>
  /** What could not be had, in its place in the stream. */
  readonly gap?: Callback<Gap>
  /**
   * Loads the app's state: at the first attach of this process and after a gap, never on a plain resume. Events wait for it,
   * and the cursor passes a gap only after it resolved; if it rejects it is tried again with backoff.
   */
  readonly load?: (context: LoadContext) => unknown
  readonly attached?: Callback<Continuity>
  readonly status?: (status: SubscriptionStatus) => unknown
  /** Without it, errors are logged to the console once per code. */
  readonly error?: (error: SteadywireError) => unknown
}

type NeedsGapOrLoad<O extends { gap?: unknown; load?: unknown }> =
  | (O & Required<Pick<O, 'gap'>>)
  | (O & Required<Pick<O, 'load'>>)

/** `gap` or `load` is required, so that loss can't be overlooked. */
export type SubscribeOptions<
  T extends TopicLike = TopicLike,
  Type extends TypeOf<T> = TypeOf<T>,
  Wire extends AnyTransport = AnyTransport,
> = NeedsGapOrLoad<Options<T, Type, Wire>>

export interface Subscription {
  readonly topic: string
  readonly status: SubscriptionStatus
  /** What delayed or refused it; undefined while it is live, and before anything failed. */
  readonly error: SteadywireError | undefined
  /** The verdict of the last attach; undefined before the first. */
  readonly continuity: Continuity | undefined
  /** After the last event that was delivered; undefined until `from` was resolved, and on a wire without positions. */
  readonly cursor: Cursor | undefined
  /** Resolves when first caught up, or when the topic proved ended; rejects when refused or unsubscribed. */
  readonly ready: Promise<Continuity>
  /** Final: no callback starts after it returned (D9). */
  unsubscribe(): void
}
