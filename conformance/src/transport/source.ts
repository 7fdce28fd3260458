import type { WireEvent } from '@steadywire/core'
import type { EventLog } from '@steadywire/server'
import type { Rights } from '../rights.ts'

type Awaitable = void | Promise<void>

/** The log that a case appends to, and what the world can do to it. */
export interface SourceLog extends EventLog {
  /** Removes what is at or below `seq`. */
  trim(topic: string, seq: number): Awaitable
  /** Takes the topic back to `seq`, under the same epoch. */
  rewind(topic: string, seq: number): Awaitable
  /** Loses everything: topics are born again under other epochs. */
  recreate(): Awaitable
  /** Every tail is lost. */
  breakTails(): Awaitable
  /** How many feeds of it are open. */
  readonly tails: number
  /** Run before and after the moment of each read: what happens around a snapshot. */
  beforeRead: ((topic: string) => Promise<void>) | undefined
  afterRead: ((topic: string) => Promise<void>) | undefined
}

/** Who may do what; whatever is said holds when the promise resolves. */
export interface SourceRights extends Omit<Rights, 'authorise' | 'revoke' | 'forbid' | 'hide' | 'ban'> {
  /** From now on the token is refused. */
  revoke(token: string): Awaitable
  /** From now on nobody (or not `subject`) may read or append to the topic, also on what is open. */
  forbid(topic: string, subject?: string): Awaitable
  /** Events that no reader is shown, of those that are appended from now on. */
  hide(hidden: (event: WireEvent) => boolean): Awaitable
  /** Refuses every client for good, whatever its token. */
  ban(): Awaitable
}

/** Where the events of a case are, where the other side of the wire keeps them and the rights itself. */
export interface Source {
  readonly log: SourceLog
  readonly rights: SourceRights
  close(): Promise<void>
}
