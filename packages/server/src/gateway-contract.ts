import type {
  Appended,
  Attachment,
  Draft,
  Head,
  Page,
  Position,
  ReadRange,
  WireError,
  WireItem,
} from '@steadywire/core'

/**
 * Live items of one topic, in order, the same object for every reader of the topic. `text` is encoded once: JSON of
 * each item without `topic` and `epoch`, joined by commas (see PROTOCOL.md, "items").
 */
export interface LiveBatch {
  readonly topic: string
  readonly epoch: string
  /** The mark of the event before the first item, where it is known. */
  readonly prev?: string
  readonly items: readonly WireItem[]
  readonly text: string
}

/** The writing end of one client's connection, supplied by a server half. No method throws or blocks. */
export interface Peer {
  items(batch: LiveBatch): void
  /** The heads of the topics that this peer follows; an empty map is a bare heartbeat. Sent every `heartbeatMs`. */
  heartbeat(heads: ReadonlyMap<string, Position>): void
  /** "Something may have been missed on this topic: verify." */
  verify(topic: string): void
  /** The feed of one topic ended (revoked, refused, its log is out of reach). */
  lost(topic: string, error: WireError): void
  /** The connection ends, with `going_away` and `retryAfterMs` while draining. The peer closes its socket. */
  close(error: WireError): void
  /** Bytes that were handed over and did not leave yet: a reader above the limit falls back to the log. */
  readonly bufferedBytes: number
  /** Resolves when `bufferedBytes` went below half the limit or the peer is gone. */
  drained(): Promise<void>
}

/** Who asks, as the authoriser saw it. */
export interface Credentials {
  readonly token?: string
  /** The address or another name of the client: for limits where there is no subject. */
  readonly origin?: string
}

/** One client's connection, from the gateway's side. Every method rejects with a `WireError`. */
export interface Session {
  readonly heartbeatMs: number
  /**
   * Joins the live feed first, then reads the first page: see `Connection.attach`. Attaching a topic again keeps its one
   * feed and reads a page after the position given, so that a repeated request does no harm.
   */
  attach(topic: string, after: Position | undefined): Promise<Attachment>
  detach(topic: string): void
  read(topic: string, range: ReadRange): Promise<Page>
  heads(topics: readonly string[]): Promise<ReadonlyMap<string, Head>>
  append(topic: string, drafts: readonly unknown[]): Promise<readonly Appended[]>
  renew(token: string): Promise<{ readonly expiresIn?: number }>
  command(name: string, data: unknown): Promise<unknown>
  /** The client is gone. */
  close(): void
}

/** What every server half stands on: authorises clients, replays, streams, sheds slow ones. */
export interface Gateway {
  /** Opens a session for a client that stays connected. Rejects with `auth`, `limit_reached`, `going_away`. */
  open(credentials: Credentials, peer: Peer): Promise<Session>
  /** The same rights and limits for one call (a plain POST or GET), without a feed. */
  once(credentials: Credentials): Promise<Pick<Session, 'read' | 'heads' | 'append' | 'command'>>
}

export type { Draft }
