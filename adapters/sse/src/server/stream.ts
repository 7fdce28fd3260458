import { type Clock, type Position, toWireError, type WireError } from '@steadywire/core'
import {
  encodeAttached,
  encodeClosing,
  encodeFailed,
  encodeHello,
  encodeItems,
  encodeLost,
  encodePositions,
  encodeVerify,
} from '@steadywire/core/protocol'
import { type Credentials, encodeItem, type LiveBatch, type Peer, type Session } from '@steadywire/server'
import type { AskedTopic } from './fields.ts'
import { Outbox, type Turn } from './outbox.ts'

/** So many topics of one client are attached at the same time, and none while so much waits for it. */
const attachesAtOnce = 8
/** A topic whose log does not answer for so long gives way to the others (D7). */
const giveWayMs = 500
const pagesWaitAbove = 262_144

/** What the streams of one handler share. */
export interface Streams {
  readonly turn: Turn
  readonly clock: Clock
  readonly open: Map<string, Stream>
  /** A batch goes to many: its frame is made once. */
  readonly frames: WeakMap<LiveBatch, string>
}

/** One client's stream: the peer of its session, and what its control requests change. */
export class Stream implements Peer {
  readonly id: string
  readonly outbox: Outbox
  readonly #streams: Streams
  #session: Session | undefined
  #token: string | undefined
  #formerToken: string | undefined
  #queue: AskedTopic[] | undefined
  #workers = 0
  /** Attaches under way: which one of a topic is the latest, and none if it was detached since. */
  #attaching: Map<string, AskedTopic | undefined> | undefined

  constructor(streams: Streams, id: string, token: string | undefined) {
    this.id = id
    this.#streams = streams
    this.#token = token
    this.outbox = new Outbox(streams.turn, () => this.#left())
  }

  start(session: Session, topics: readonly AskedTopic[]): void {
    if (this.outbox.gone) {
      session.close()
      return
    }
    this.#session = session
    this.#streams.open.set(this.id, this)
    this.outbox.frame(encodeHello(this.id, session.heartbeatMs))
    this.attach(topics)
  }

  // --- what control requests ask ---

  /** A control request must come from whom the stream was opened by: another token is tried as a renewal. */
  async admit({ token }: Credentials): Promise<void> {
    if (token === this.#token || (token !== undefined && token === this.#formerToken)) return
    await this.renew(token ?? '')
  }

  async renew(token: string): Promise<{ readonly expiresIn?: number }> {
    const renewed = (await this.#session?.renew(token)) ?? {}
    if (token !== this.#token) this.#formerToken = this.#token
    this.#token = token
    return renewed
  }

  attach(topics: readonly AskedTopic[]): void {
    if (topics.length === 0) return
    this.#queue ??= []
    this.#queue.push(...topics)
    for (let free = Math.min(attachesAtOnce - this.#workers, topics.length); free > 0; free--) void this.#work()
  }

  detach(topics: readonly string[]): void {
    for (const topic of topics) {
      if (this.#queue) this.#queue = this.#queue.filter((asked) => asked.topic !== topic)
      if (this.#attaching?.has(topic)) this.#attaching.set(topic, undefined)
      this.#session?.detach(topic)
    }
  }

  // --- what the gateway says ---

  items(batch: LiveBatch): void {
    const { frames } = this.#streams
    let frame = frames.get(batch)
    if (frame === undefined) {
      frame = `data: ${encodeItems(batch)}\n\n`
      frames.set(batch, frame)
    }
    this.outbox.push(frame, batch.topic)
  }

  heartbeat(heads: ReadonlyMap<string, Position>): void {
    this.outbox.frame(encodePositions(heads))
  }

  verify(topic: string): void {
    this.outbox.frame(encodeVerify(topic))
  }

  lost(topic: string, error: WireError): void {
    this.outbox.drop(topic)
    this.outbox.frame(encodeLost(topic, error))
  }

  close(error: WireError): void {
    if (error.kind !== 'retry') this.outbox.drop()
    this.outbox.frame(encodeClosing(error))
    this.outbox.end()
  }

  get bufferedBytes(): number {
    return this.outbox.bufferedBytes
  }

  drained(): Promise<void> {
    return this.outbox.drained()
  }

  // --- inside ---

  async #work(): Promise<void> {
    this.#workers++
    while (!this.outbox.gone) {
      if (this.bufferedBytes > pagesWaitAbove) await this.drained()
      const asked = this.#queue?.shift()
      if (!asked) break
      await this.#atMost(giveWayMs, this.#attach(asked))
    }
    if (--this.#workers === 0) this.#queue = undefined
  }

  /** Resolves when `call` did, or after `ms`; `call` goes on. */
  #atMost(ms: number, call: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#streams.clock.after(ms, resolve)
      void call.then(() => {
        cancel()
        resolve()
      })
    })
  }

  async #attach(asked: AskedTopic): Promise<void> {
    const { topic, after, number } = asked
    this.#attaching ??= new Map()
    this.#attaching.set(topic, asked)
    const current = () => this.#attaching?.get(topic) === asked
    try {
      const page = await this.#session?.attach(topic, after)
      if (page && current()) this.outbox.frame(encodeAttached(topic, number, page, encodeItem), topic)
    } catch (thrown) {
      if (current()) this.outbox.frame(encodeFailed(topic, number, toWireError(thrown, 'unavailable')))
    } finally {
      if (current() || this.#attaching.get(topic) === undefined) this.#attaching.delete(topic)
      if (this.#attaching.size === 0) this.#attaching = undefined
    }
  }

  #left(): void {
    this.#streams.open.delete(this.id)
    this.#session?.close()
  }
}
