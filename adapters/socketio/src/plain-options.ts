import type { Clock, UnsequencedEvent } from '@steadywire/core'
import type { Socket } from 'socket.io-client'
import type { Place } from './place.ts'

/** What one message of the server means. Without a `topic` it is of every topic that is followed. */
export type PlainEvent = UnsequencedEvent & { readonly topic?: string }

/** The server says that a topic may no longer be followed. */
export interface PlainLost {
  readonly topic: string
  readonly lost: string
}

/** The last that is known of a topic: the event with this `id`, if one with an id came, and its time, ms since 1970. */
export interface Since {
  readonly id?: string
  /** Of the last event; until one came, or where events have no time, this device's clock. */
  readonly time: number
}

/** Makes an event of what the server emitted; `undefined` passes it over. */
type Meaning = { of(...args: readonly unknown[]): PlainEvent | PlainLost | undefined }['of']

export type PlainSocketioOptions = Place & {
  /** The namespace of the server; a `socket` has its own. Default `/`. */
  readonly namespace?: string
  /**
   * The server's event names, and what each message means. What arrives is the server's: a meaning that throws is reported,
   * and the message passed over.
   *
   * @example
   * events: { 'chat message': ({ room, id, text }: Said) => ({ topic: `room:${room}`, type: 'said', id, data: { text } }) }
   */
  readonly events: Readonly<Record<string, Meaning>>
  /**
   * Asks the server for a topic, by emits of its own. Resolves when its events are certain to come. Throw
   * `wireError('refused', 'forbidden', …)` if the server says no; anything else that is thrown is tried again.
   */
  readonly join?: (topic: string, socket: Socket) => unknown
  readonly leave?: (topic: string, socket: Socket) => unknown
  /**
   * Reads what the topic was told after `since`, all of it, oldest first: called after a reconnect, when the topic was joined
   * again. Without it, if it throws, or if it takes longer than 5 s (the subscriber's `callDeadlineMs`, if that is less), the
   * app is told of a gap. Events should have ids, so that repeats are found.
   */
  readonly history?: (
    topic: string,
    asked: { readonly since: Since; readonly signal: AbortSignal },
  ) => Promise<readonly UnsequencedEvent[]>
  /** How often the server pings, ms: its `pingInterval`. Silent for twice as long, the line is dead. Default 25,000. */
  readonly heartbeatMs?: number
  readonly clock?: Clock
}
