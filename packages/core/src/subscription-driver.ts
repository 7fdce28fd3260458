import { ArrivalFeed } from './arrival-feed.ts'
import { type BackoffRules, backoffDelay } from './backoff.ts'
import type { Clock, Random } from './clock.ts'
import type { Link } from './connection-driver.ts'
import { type CursorKeeper, createCursorKeeper, cursorStoreFailed } from './cursor-keeper.ts'
import { type Cursor, type CursorStore, decodeCursor, encodeCursor } from './cursors.ts'
import { withDeadline } from './deadline.ts'
import { type Decode, decoderOf } from './decode.ts'
import { Delivery, type Recipient } from './delivery.ts'
import { messageOf, SteadywireError, type WireError } from './errors.ts'
import { type Position, positionOf, type WireEvent } from './event.ts'
import type { Feed, FeedOwner } from './feed.ts'
import type { Continuity, Gap } from './gap.ts'
import type { EventStage } from './observe.ts'
import { pause } from './pause.ts'
import { Ready } from './ready.ts'
import { SequencedFeed, type SequencedFeedRules } from './sequenced-feed.ts'
import type { Origin } from './sequencer.ts'
import type { From, LoadContext, SubscribeOptions, Subscription, SubscriptionStatus } from './subscription.ts'
import {
  newSubscription,
  type SubscriptionEffect,
  type SubscriptionInput,
  stepSubscription,
} from './subscription-machine.ts'
import type { EventOf, TopicLike } from './topic.ts'
import type { Head } from './transport.ts'

/** What all subscriptions of a subscriber share. */
export interface SubscriptionSurroundings {
  readonly clock: Clock
  readonly random: Random
  readonly backoff: BackoffRules
  readonly callDeadlineMs: number
  readonly feedRules: SequencedFeedRules
  readonly sequenced: boolean
  readonly observed: boolean
  readonly cursors: CursorStore | undefined
  /** Whether nothing is to be handed to the app for now. */
  held(): boolean
  link(): Link | undefined
  cursorKey(topic: string, name: string | undefined): string | undefined
  isOutdated(error: WireError): boolean
  refreshToken(): Promise<void>
  expiresIn(ms: number): void
  stage(stage: EventStage, event: WireEvent): void
  moved(topic: string, from: string, to: string, error: SteadywireError | undefined): void
  gap(gap: Gap): void
  report(error: SteadywireError, handler: ((error: SteadywireError) => unknown) | undefined): void
  ended(driver: SubscriptionDriver): void
}

/** What delivers; made anew when a subscription starts anew. */
interface Parts {
  readonly feed: Feed
  readonly delivery: Delivery
  readonly keeper: CursorKeeper | undefined
}

const defaultBuffer = 1000

/** Runs one subscription: its machine's effects, its feed, its delivery, its cursor. */
export class SubscriptionDriver implements Recipient, FeedOwner {
  readonly topic: string
  readonly decode: Decode
  readonly ready = new Ready()
  continuity: Continuity | undefined
  readonly #options: SubscribeOptions
  readonly #env: SubscriptionSurroundings
  #machine = newSubscription
  #delivered: Position | WireEvent | undefined
  #parts: Parts | undefined
  /** Aborted when what was started is over; made when something needs its signal. */
  #life: AbortController | undefined
  /** Counts the starts: what an earlier one still awaits comes to nothing. */
  #start = 0
  #cancelDelay: (() => void) | undefined
  /** The right was lost, and what was queued with it; goes on after `at`, what was handed over last. */
  #dropped: { readonly at: Position | WireEvent | undefined } | undefined
  /** What the app may still be busy with, of an earlier start. */
  #former: Delivery | undefined
  #told = newSubscription.status
  readonly #silenced: (() => void) | undefined

  /** @param silenced Called when what was handed over is void: another identity, or the end. */
  constructor(
    topic: TopicLike,
    name: string,
    options: SubscribeOptions,
    env: SubscriptionSurroundings,
    silenced?: () => void,
  ) {
    this.topic = name
    this.decode = decoderOf(topic, options.types)
    this.#options = options
    this.#env = env
    this.#silenced = silenced
    this.#begin()
  }

  get status(): SubscriptionStatus {
    return this.#machine.status
  }

  get error(): SteadywireError | undefined {
    return this.#machine.error
  }

  get cursor(): Cursor | undefined {
    return this.#delivered && this.#env.sequenced ? encodeCursor(placeOf(this.#delivered)) : undefined
  }

  /** Where it will go on, for the opening request of a connection; undefined while that is not known. */
  get wanted(): { readonly after: Position | undefined } | undefined {
    if (!this.#parts || this.status === 'refused') return undefined
    return { after: this.#parts.feed.at }
  }

  // --- what the subscriber says ---

  connected(): void {
    if (this.#dropped && this.status !== 'refused') this.#pickUp()
    else if (this.#parts) this.#tell({ kind: 'connected' })
  }

  disconnected(): void {
    this.#tell({ kind: 'disconnected' })
  }

  /** Nothing is handed over for now; `false` goes on. */
  hold(held: boolean): void {
    this.#parts?.delivery.hold(held)
  }

  /** Nothing of the present identity is delivered any more. */
  silence(): void {
    this.#stop()
    this.#silenced?.()
  }

  /** The right was lost, at least for now: what waits is not delivered, and comes again if the right comes back (D10). */
  dropQueued(): void {
    this.#dropped = { at: this.#parts?.delivery.handed ?? this.#dropped?.at ?? this.#delivered }
    this.#stop()
  }

  /** The connection was refused for good. */
  shutOut(error: SteadywireError): void {
    this.dropQueued()
    this.ready.reject(error)
  }

  /** Resolves when the cursor that was noted last is stored, or given up. */
  async written(): Promise<void> {
    await this.#parts?.keeper?.written()
  }

  /** Everything starts anew, under another identity. */
  restart(): void {
    this.#dropped = undefined
    this.continuity = undefined
    this.#delivered = undefined
    this.#tell({ kind: 'reopened' })
    this.#tell({ kind: 'disconnected' })
    this.#afterBusy(() => this.#begin())
  }

  /** What was refused may be asked again. */
  reopen(): void {
    if (this.status !== 'refused') return
    this.#tell({ kind: 'reopened' })
    this.#pickUp()
  }

  verify(): void {
    this.#parts?.feed.verify()
  }

  headHeard(head: Head | undefined, asked: Position): void {
    if (head) this.#parts?.feed.headHeard(head, asked)
    else this.verify()
  }

  unsubscribe(): void {
    this.#tell({ kind: 'unsubscribed' })
    this.silence()
    const { topic } = this
    this.ready.reject(new SteadywireError('unsubscribed', `Unsubscribed from ${topic} before it was ready`, { topic }))
    this.#env.ended(this)
  }

  // --- what the delivery hands over ---

  event(event: EventOf<string>): unknown {
    return (this.#options.event as (event: EventOf<string>) => unknown)(event)
  }

  gap(gap: Gap): unknown {
    this.#env.gap(gap)
    return this.#options.gap?.(gap)
  }

  load(reason: LoadContext['reason'], at: Position): Promise<void> | undefined {
    if (!this.#options.load) return undefined
    this.#life ??= new AbortController()
    return this.#load(reason, at, this.#life.signal)
  }

  verdict(verdict: Continuity, current: boolean): unknown {
    const start = this.#start
    this.continuity = verdict
    if (current) this.#tell({ kind: 'caughtUp' })
    this.ready.resolve(verdict)
    return start === this.#start ? this.#options.attached?.(verdict) : undefined
  }

  end(): void {
    this.#tell({ kind: 'ended' })
    this.ready.resolve(this.continuity ?? { kind: 'continuous' })
    this.#env.ended(this)
  }

  advanced(to: Position | WireEvent, over: boolean): void {
    this.#delivered = to
    this.#parts?.keeper?.note(placeOf(to), over)
  }

  roomMade(): void {
    this.#parts?.feed.roomMade()
  }

  report(error: SteadywireError): void {
    const { error: handler } = this.#options
    if (this.status === 'detached') return
    this.#env.report(error, handler && ((told) => (this.status === 'detached' ? undefined : handler(told))))
  }

  // --- what the feed reports ---

  get observed(): boolean {
    return this.#env.observed
  }

  stage(stage: EventStage, event: WireEvent): void {
    this.#env.stage(stage, event)
  }

  attached(expiresInMs: number | undefined): void {
    if (expiresInMs !== undefined) this.#env.expiresIn(expiresInMs)
    this.#tell({ kind: 'attached' })
  }

  failed(error: WireError): void {
    this.#tell({ kind: 'failed', error, outdated: this.#env.isOutdated(error), random: this.#env.random() })
  }

  doubted(): void {
    this.#tell({ kind: 'doubted' })
  }

  agreed(caughtUp: boolean): void {
    this.#tell({ kind: caughtUp ? 'caughtUp' : 'attached' })
  }

  // --- the machine ---

  #tell(input: SubscriptionInput): void {
    const step = stepSubscription(this.#machine, input, this.#env.backoff)
    this.#machine = step.machine
    for (const effect of step.effects) this.#run(effect)
    const { status, topic, error } = this
    const before = this.#told
    // An effect may have led to another status already, which was told then.
    if (before === status) return
    this.#told = status
    this.#env.moved(topic, before, status, error)
    if (this.status !== 'detached') void this.#tellStatus(status)
  }

  async #tellStatus(status: SubscriptionStatus): Promise<void> {
    const { topic } = this
    try {
      await this.#options.status?.(status)
    } catch (cause) {
      this.report(new SteadywireError('handler_failed', `status of ${topic} threw`, { topic, cause }))
    }
  }

  #run(effect: SubscriptionEffect): void {
    switch (effect.kind) {
      case 'detach':
        this.#cancelDelay?.()
        this.#cancelDelay = undefined
        this.#parts?.feed.detach()
        break
      case 'attach': {
        const link = this.#env.link()
        if (link) this.#parts?.feed.attach(link)
        break
      }
      case 'delay':
        this.#cancelDelay = this.#env.clock.after(effect.ms, () => this.#retry('delayElapsed'))
        break
      case 'refuse':
        this.dropQueued()
        this.ready.reject(effect.error)
        this.report(effect.error)
        break
      case 'refreshToken': {
        const { generation } = this.#machine
        const again = (): void => {
          if (this.#machine.generation === generation) this.#retry('tokenRefreshed')
        }
        this.#env.refreshToken().then(again, again)
      }
    }
  }

  #retry(kind: 'delayElapsed' | 'tokenRefreshed'): void {
    if (this.#env.link()) this.#tell({ kind })
  }

  // --- starting ---

  #stop(): void {
    this.#life?.abort()
    this.#life = undefined
    this.#start += 1
    const parts = this.#parts
    this.#parts = undefined
    if (!parts) return
    this.#former = parts.delivery
    parts.delivery.close()
    parts.feed.detach()
  }

  #begin(): void {
    const from = origin(this.#options.from ?? 'now')
    const key = this.#env.cursorKey(this.topic, this.#options.name)
    if (key === undefined) {
      this.#deliverFrom(from, undefined)
      return
    }
    const start = this.#start
    void this.#stored(key).then((stored) => {
      if (start === this.#start) this.#deliverFrom(stored ?? from, key)
    })
  }

  /** The right is back: goes on after what was handed over. */
  #pickUp(): void {
    const dropped = this.#dropped
    if (!dropped) return
    this.#afterBusy(() => {
      if (this.#dropped !== dropped) return
      this.#dropped = undefined
      // What was handed over is done by now.
      const { at } = dropped
      this.#delivered = at
      const key = this.#env.cursorKey(this.topic, this.#options.name)
      if (at) this.#deliverFrom(placeOf(at), key, placeOf(at).seq)
      else this.#begin()
    })
  }

  /** Callbacks of one subscription never overlap: waits for one that a former start still awaits. */
  #afterBusy(begin: () => void): void {
    const start = this.#start
    const { busy } = this.#former ?? {}
    if (!busy) begin()
    else
      void busy.then(() => {
        if (start === this.#start) begin()
      })
  }

  async #stored(key: string): Promise<Position | undefined> {
    const { cursors, clock, callDeadlineMs } = this.#env
    this.#life ??= new AbortController()
    const { signal } = this.#life
    try {
      const asked = (async () => cursors?.get(key))()
      const cursor = await withDeadline(clock, callDeadlineMs, 'The cursor store', asked, signal)
      return cursor === undefined ? undefined : decodeCursor(cursor)
    } catch (cause) {
      if (!signal.aborted) this.report(cursorStoreFailed(key, cause))
      return undefined
    }
  }

  /** Builds what delivers, now that it is known where to start. */
  #deliverFrom(from: Origin | Position, key: string | undefined, after?: number): void {
    const { cursors, clock, callDeadlineMs, feedRules, sequenced } = this.#env
    const keeper =
      key !== undefined && cursors
        ? createCursorKeeper(cursors, key, clock, callDeadlineMs, (error) => this.report(error))
        : undefined
    const delivery = new Delivery(this.#options.buffer ?? defaultBuffer, this, this.#env.held())
    const feed = sequenced
      ? new SequencedFeed(this, from, delivery, feedRules)
      : new ArrivalFeed(this, after, delivery, clock)
    this.#parts = { feed, delivery, keeper }
    if (this.#env.link()) this.#tell({ kind: 'connected' })
  }

  async #load(reason: LoadContext['reason'], at: Position, signal: AbortSignal): Promise<void> {
    const { topic } = this
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        await this.#options.load?.({ reason, at, signal })
        return
      } catch (cause) {
        if (signal.aborted) return
        const hint = 'It is tried again; the events after it wait. See cause.'
        this.report(new SteadywireError('load_failed', `load of ${topic}: ${messageOf(cause)}`, { topic, cause, hint }))
        const { backoff, random, clock } = this.#env
        await pause(clock, backoffDelay(backoff, attempt, random()), signal)
      }
    }
  }
}

/** The subscription as the app sees it. */
export class SubscriptionFace implements Subscription {
  readonly #driver: SubscriptionDriver

  constructor(driver: SubscriptionDriver) {
    this.#driver = driver
  }

  get topic(): string {
    return this.#driver.topic
  }

  get status(): SubscriptionStatus {
    return this.#driver.status
  }

  get error(): SteadywireError | undefined {
    return this.#driver.error
  }

  get continuity(): Continuity | undefined {
    return this.#driver.continuity
  }

  get cursor(): Cursor | undefined {
    return this.#driver.cursor
  }

  get ready(): Promise<Continuity> {
    return this.#driver.ready.promise
  }

  unsubscribe(): void {
    this.#driver.unsubscribe()
  }
}

function placeOf(at: Position | WireEvent): Position {
  return 'id' in at ? positionOf(at) : at
}

function origin(from: From): Origin | Position {
  if (from === 'start') return { seq: 0 }
  return typeof from === 'string' && from !== 'now' ? decodeCursor(from) : (from as Origin | Position)
}
