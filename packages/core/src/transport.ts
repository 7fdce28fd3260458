import type { WireError } from './errors.ts'
import type { Appended, Draft, Position, WireEvent, WireItem } from './event.ts'

/**
 * How a client reaches a log whose events have positions. Nothing behind this interface retries, orders, dedupes or
 * remembers: an adapter reports what happened, the core decides.
 */
export interface Transport {
  /** As it is named in configuration, errors and observation records, such as `sse`. */
  readonly name: string
  readonly capabilities: Capabilities & { readonly positions: true }
  /**
   * Opens one connection. Resolves once the other side accepted it; rejects with a {@link WireError}. When
   * `context.signal` aborts, it rejects soon and leaves nothing behind. Never called again before the last
   * connection ended or was told to close.
   */
  connect(context: ConnectContext): Promise<Connection>
}

/** What a transport can do. A missing capability is made up for by the core, in a slower or a more modest way. */
export interface Capabilities {
  /** Events carry `seq` and `epoch`, and ranges can be read. */
  readonly positions: boolean
  /** Heads travel by themselves, with the heartbeats; without it the core audits all followed topics. */
  readonly heads: boolean
  readonly append: boolean
  /** A fresh token can be put on the open connection; without it the core opens a new one. */
  readonly renew: boolean
}

export interface ConnectContext {
  /** The current token; refreshing it is the core's business alone. */
  token(): Promise<string | undefined>
  /** To be called whenever anything arrived, heartbeats too. */
  heard(): void
  /**
   * What will be attached as soon as the connection is open. An adapter may send it along with its opening request and
   * save a round trip; `attach` is called for each of them all the same.
   */
  readonly wanted: readonly Wanted[]
  /** Reports something that the developer should know and that ends nothing, such as a proxy that buffers. */
  warn(error: WireError): void
  /** Aborted when the core gave the connection up. */
  readonly signal: AbortSignal
}

export interface Wanted {
  readonly topic: string
  readonly after: Position | undefined
}

/** One open connection. Every call has a deadline, which the core keeps by aborting its signal. */
export interface Connection {
  /** How often the other side promises to be heard, in ms. Silent for twice as long, it counts as dead (C4). */
  readonly heartbeatMs?: number
  /** Resolves exactly once, however the connection ends; never rejects. Also resolves after `close()`. */
  readonly closed: Promise<WireError>
  /**
   * Confirms the live feed of a topic first, then reads the first page after `after` in one snapshot; without `after`
   * it answers an empty page at the head. What the feed says goes to `sink`, also before this resolved.
   * Aborting `signal`, also later, detaches. Called once per subscription; an adapter shares one feed among them.
   * Rejects with a {@link WireError}: kind `refused` (forbidden), `auth`, `retry`.
   */
  attach(topic: string, after: Position | undefined, sink: Sink, signal: AbortSignal): Promise<Attachment>
  /** Reads a range of a topic in one snapshot. */
  read(topic: string, range: ReadRange, signal: AbortSignal): Promise<Page>
  /** The heads of several topics at once. Absent, or a topic missing from the answer: the core reads. */
  heads?(topics: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Head>>
  /**
   * Appends in one atomic step, all or nothing, and answers for each draft in order. Rejects with kind `retry` if it is
   * not known whether the drafts were appended; the core then repeats the same call with the same ids.
   */
  append?(topic: string, drafts: readonly Draft[], signal: AbortSignal): Promise<readonly Appended[]>
  /** Puts a fresh token of the same subject on the open connection. `expiresIn`: how long it is good for, in ms. */
  renew?(token: string): Promise<{ readonly expiresIn?: number }>
  /** Ends the connection and everything attached to it. Not waited for if it hangs. */
  close(): Promise<void>
}

/** Where a log ends. `oldest` is the first seq that is still there; in an empty log it is `head + 1`. */
export interface Head {
  /** Absent: the topic was not born yet. */
  readonly epoch?: string
  readonly oldest: number
  readonly head: number
  /** The mark of the event at `head`. */
  readonly mark?: string
  /** The topic ended: its last event is final. */
  readonly sealed?: boolean
}

/**
 * A range of a topic, read in one snapshot, and what it proves: what lies in `max(after + 1, oldest) … through` and is
 * missing from `events` was hidden from this reader. Nothing is proven beyond `through`.
 */
export interface Page extends Head {
  /** Ascending by seq. */
  readonly events: readonly WireEvent[]
  readonly through: number
  /** The mark of the event at `through`, hidden or not. */
  readonly throughMark?: string
  /** The log has another event at `after.seq` than the one that `after.mark` names. No events then. */
  readonly rewound?: true
}

/** `expiresIn`: for how many ms the right to read this topic lasts, by the server's clock. */
export type Attachment = Page & { readonly expiresIn?: number }

export interface ReadRange {
  /** Read what comes after it. If it is of another epoch, the page has no events and says its own epoch. */
  readonly after?: Position
  /** At most so many events; the other side may give fewer. */
  readonly limit: number
  /** Only events whose seq is below it. */
  readonly before?: number
  /** The newest `limit` visible events instead of the oldest. */
  readonly last?: boolean
}

/** Where a feed reports. Never called again after the signal of its `attach` was aborted. */
export interface Sink {
  /** Live items, ascending. The core copies what it keeps. */
  events(batch: readonly WireItem[]): void
  /** "The log is at least here"; without argument: "something may have been missed: verify". */
  head(at?: Position): void
  /** This topic's feed ended; the connection may live on. Called at most once. */
  lost(error: WireError): void
}

/**
 * How a client reaches a source without positions: somebody's existing server, a bare broadcast. What it can honestly
 * give: repeats dropped by id within a bounded window, arrival order, and a gap of reason `unknown` after every
 * reconnect, unless the source has a history that fills the hole.
 */
export interface UnsequencedTransport {
  readonly name: string
  readonly capabilities: Capabilities & { readonly positions: false; readonly heads: false }
  connect(context: ConnectContext): Promise<UnsequencedConnection>
}

export interface UnsequencedConnection
  extends Pick<Connection, 'heartbeatMs' | 'closed' | 'append' | 'renew' | 'close'> {
  /** Resolves once the live feed is confirmed. */
  attach(topic: string, sink: UnsequencedSink, signal: AbortSignal): Promise<UnsequencedAttachment>
}

/**
 * `missed`: all that this topic was told between an attach before and this one, oldest first, from a source that remembers.
 * With it there is no gap. A subscription that was not attached before takes none of it.
 */
export interface UnsequencedAttachment {
  readonly expiresIn?: number
  readonly missed?: readonly UnsequencedEvent[]
}

export interface UnsequencedSink extends Pick<Sink, 'lost'> {
  events(batch: readonly UnsequencedEvent[]): void
  /** Something may have been missed: the app is told by a gap of reason `unknown`. */
  missed(): void
}

/** An event that no log has placed. Without an `id`, repeats can't be told; without a `time`, arrival counts. */
export type UnsequencedEvent = Omit<Draft, 'id'> & { readonly id?: string; readonly time?: number }

export type AnyTransport = Transport | UnsequencedTransport

/** Anything that takes drafts: a log, or a subscriber's open connection. */
export interface Appender {
  /** How long ids and keys are remembered, in ms, where it is known. */
  readonly keyWindowMs?: number
  /** One atomic step, all or nothing. Rejects with kind `retry` if the outcome is not known. */
  append(topic: string, drafts: readonly Draft[]): Promise<readonly Appended[]>
}
