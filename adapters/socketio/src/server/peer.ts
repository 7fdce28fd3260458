import type { Clock, Position, WireError } from '@steadywire/core'
import { errorValue, helloValue, positionsValue } from '@steadywire/core/protocol'
import type { LiveBatch, Peer } from '@steadywire/server'
import type { Socket } from 'socket.io'
import type { Turn } from './turn.ts'

/** How much is sent before the client is asked whether it has got it. */
const askEveryBytes = 65_536
/** How long a client has to leave by itself. */
const leaveMs = 1000

interface Waiter {
  /** How much must have arrived. */
  readonly bytes: number
  readonly resolve: () => void
}

/** The writing end of one client. What it says it got has arrived, whatever lies between: so the rest is what waits. */
export class SocketPeer implements Peer {
  readonly #socket: Socket
  readonly #turn: Turn
  readonly #clock: Clock
  #sent = 0
  #arrived = 0
  /** What the client was asked about, and has not said it got. */
  #asked: number | undefined
  #waiters: Waiter[] = []
  #closing = false
  #gone = false
  #cancelKick: (() => void) | undefined

  constructor(socket: Socket, turn: Turn, clock: Clock) {
    this.#socket = socket
    this.#turn = turn
    this.#clock = clock
  }

  get gone(): boolean {
    return this.#gone
  }

  get bufferedBytes(): number {
    return this.#sent - this.#arrived
  }

  hello(heartbeatMs: number): void {
    const { maxHttpBufferSize } = this.#socket.nsp.server.engine.opts
    this.#turn.say(helloValue(this.#socket.id, heartbeatMs, maxHttpBufferSize), this.#socket.id)
  }

  items(batch: LiveBatch): void {
    if (this.#silent) return
    this.#turn.add(batch, this.#socket.id)
    this.count(batch.text.length)
  }

  heartbeat(heads: ReadonlyMap<string, Position>): void {
    if (this.#silent) return
    this.#turn.say(positionsValue(heads), this.#socket.id)
    this.#ask()
  }

  verify(topic: string): void {
    if (!this.#silent) this.#turn.say({ verify: topic }, this.#socket.id)
  }

  lost(topic: string, error: WireError): void {
    if (this.#silent) return
    this.#turn.drop(this.#socket.id, topic)
    this.#turn.say({ lost: topic, error: errorValue(error) }, this.#socket.id)
  }

  /**
   * The client is to leave the namespace. One that is put out while it says something would lose its whole connection,
   * with all that the app has on it: Socket.IO takes an event for a namespace that was left as a violation.
   */
  close(error: WireError): void {
    if (this.#silent) return
    if (error.kind !== 'retry') this.#turn.drop(this.#socket.id)
    this.#turn.say({ closing: errorValue(error) }, this.#socket.id)
    this.#closing = true
    this.#cancelKick = this.#clock.after(leaveMs, () => this.#socket.disconnect())
  }

  drained(): Promise<void> {
    if (this.#gone || this.bufferedBytes === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiters.push({ bytes: this.#sent, resolve })
      this.#turn.flush()
      this.#ask()
    })
  }

  // --- what the mount says ---

  /** So much more is on its way. */
  count(bytes: number): void {
    this.#sent += bytes
    if (this.bufferedBytes >= askEveryBytes && this.#asked === undefined) this.#turn.afterwards(this.#ask)
  }

  /** The client answers what it was asked; anything else means nothing. */
  got(bytes: unknown): void {
    const asked = this.#asked
    if (asked === undefined || bytes !== asked) return
    this.#asked = undefined
    this.#arrived = asked
    const waiting = this.#waiters
    this.#waiters = waiting.filter(({ bytes }) => bytes > asked)
    for (const { bytes, resolve } of waiting) if (bytes <= asked) resolve()
    if (this.#waiters.length > 0 || this.bufferedBytes >= askEveryBytes) this.#ask()
  }

  /** The client is gone. */
  leave(): void {
    this.#gone = true
    this.#turn.drop(this.#socket.id)
    this.#cancelKick?.()
    for (const { resolve } of this.#waiters.splice(0)) resolve()
  }

  // --- inside ---

  get #silent(): boolean {
    return this.#gone || this.#closing
  }

  /** One question at a time. */
  readonly #ask = (): void => {
    if (this.#asked !== undefined || this.#gone || this.bufferedBytes === 0) return
    this.#asked = this.#sent
    this.#turn.say({ got: this.#asked }, this.#socket.id)
  }
}
