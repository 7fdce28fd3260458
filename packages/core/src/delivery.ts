import type { Decode, Decoded } from './decode.ts'
import { isSteadywireError, SteadywireError } from './errors.ts'
import type { Position, WireEvent } from './event.ts'
import type { Continuity, Gap } from './gap.ts'
import type { EventStage } from './observe.ts'
import type { LoadContext } from './subscription.ts'
import type { EventOf } from './topic.ts'

/** What waits to be handed to the app, in its order. */
export type Entry =
  | { readonly kind: 'events'; readonly events: readonly WireEvent[] }
  | { readonly kind: 'move'; readonly to: Position }
  | { readonly kind: 'gap'; readonly gap: Gap }
  /** Follows every gap: only after it the gap is passed. `over`: the log is another one than before. */
  | { readonly kind: 'load'; readonly reason: LoadContext['reason']; readonly at: Position; readonly over: boolean }
  /** `current`: whether the attach that it was said of is still the last one. */
  | { readonly kind: 'verdict'; readonly continuity: Continuity; current(): boolean }
  | { readonly kind: 'end' }

/** Whom entries are handed to. */
export interface Recipient {
  readonly topic: string
  readonly decode: Decode
  event(event: EventOf<string>): unknown
  gap(gap: Gap): unknown
  /** Resolves when the app's state is loaded; retries by itself. */
  load(reason: LoadContext['reason'], at: Position): Promise<void> | undefined
  verdict(continuity: Continuity, current: boolean): unknown
  end(): void
  /** Everything up to here was handed over and is done. `over`: this is another log than before. */
  advanced(to: Position | WireEvent, over: boolean): void
  stage(stage: EventStage, event: WireEvent): void
  /** The queue was full and has room again. */
  roomMade(): void
  report(error: SteadywireError): void
}

/**
 * Hands entries to the app one after the other: promises are awaited, what is thrown is isolated, and at most
 * `capacity` events wait (guarantees D3, D7, D8, D9). Without promises a burst is handed over in one go.
 * A class, and not closures like its neighbours, since there is one for every subscription.
 */
export class Delivery {
  readonly #capacity: number
  readonly #to: Recipient
  #queue: Entry[] = []
  #head = 0
  /** The next event of the entry at the head. */
  #index = 0
  #waiting = 0
  #running = false
  #closed = false
  #wasFull = false
  /** Nothing is handed over until it is over. */
  #hold: { readonly over: Promise<void>; end(): void } | undefined
  /** The event that was handed over and is not done yet. */
  handed: WireEvent | undefined
  /** What the app is busy with. */
  busy: Promise<void> | undefined

  /** @param held Whether it begins held. */
  constructor(capacity: number, to: Recipient, held: boolean) {
    this.#capacity = capacity
    this.#to = to
    this.hold(held)
  }

  /** How many more events may wait. */
  get room(): number {
    const room = this.#capacity - this.#waiting
    if (room <= 0) this.#wasFull = true
    return room
  }

  /** Queues an entry; nothing is handed over before `flush`, so that a callback never runs between two of one step. */
  push(entry: Entry): void {
    if (this.#closed) return
    if (entry.kind === 'events') this.#waiting += entry.events.length
    if (this.#waiting >= this.#capacity) this.#wasFull = true
    this.#queue.push(entry)
  }

  /** Nothing more is handed over; what waited is dropped. */
  close(): void {
    this.#closed = true
    this.#queue = []
    this.#waiting = 0
    this.#hold?.end()
  }

  /** Nothing waits and nothing runs: an event may be handed over directly. */
  get idle(): boolean {
    return !this.#running && !this.#closed && !this.#hold && this.#queue.length === 0
  }

  /** Hands nothing over for now: what comes waits, as it does for a busy app. `false` goes on. */
  hold(held: boolean): void {
    if (held) this.#hold ??= createHold()
    else {
      this.#hold?.end()
      this.#hold = undefined
      this.flush()
    }
  }

  /** Hands over one event without queueing it; only while `idle`. */
  hand(event: WireEvent): void {
    this.#running = true
    const pending = this.#one(event)
    if (pending) {
      this.#await(pending.then(() => this.#done(event)))
      return
    }
    this.#done(event)
    this.#running = false
    if (this.#queue.length > 0) this.flush()
  }

  /** Hands over what is queued, unless the app is busy. */
  flush(): void {
    if (this.#running || this.#hold) return
    this.#running = true
    let pending: Promise<void> | undefined
    while (!pending && !this.#closed && !this.#hold && this.#head < this.#queue.length)
      pending = this.#step(this.#queue[this.#head] as Entry)
    if (pending) this.#await(pending)
    else this.#running = false
    this.#tellRoom()
  }

  /** Not before the app pauses: until then the room grows, and what is asked for can't leave. */
  #tellRoom(): void {
    if (this.#closed || !this.#wasFull || this.#waiting > this.#capacity / 2) return
    this.#wasFull = false
    this.#to.roomMade()
  }

  #await(pending: Promise<void>): void {
    this.busy = pending.then(() => {
      this.busy = undefined
      this.#running = false
      this.flush()
    })
  }

  /** Hands one thing over; a promise where the app needs time. Never throws, and the promise never rejects. */
  #step(entry: Entry): Promise<void> | undefined {
    if (entry.kind === 'events') return this.#events(entry.events)
    this.#leave()
    switch (entry.kind) {
      case 'move':
        return void this.#to.advanced(entry.to, false)
      case 'gap':
        return this.#attempt('gap', () => this.#to.gap(entry.gap))
      case 'load':
        return this.#load(entry)
      case 'verdict':
        return this.#attempt('attached', () => this.#to.verdict(entry.continuity, entry.current()))
      case 'end':
        this.close()
        return void this.#to.end()
    }
  }

  #leave(): void {
    this.#head += 1
    this.#index = 0
    if (this.#head === this.#queue.length) this.#queue.length = 0
    else if (this.#head < 64) return
    else this.#queue = this.#queue.slice(this.#head)
    this.#head = 0
  }

  #events(batch: readonly WireEvent[]): Promise<void> | undefined {
    while (this.#index < batch.length && !this.#closed && !this.#hold) {
      const event = batch[this.#index] as WireEvent
      this.#index += 1
      this.#waiting -= 1
      const pending = this.#one(event)
      if (pending) return pending.then(() => this.#done(event))
      this.#done(event)
    }
    if (!this.#closed && this.#index === batch.length) this.#leave()
    return undefined
  }

  #one(event: WireEvent): Promise<void> | undefined {
    try {
      const decoded = this.#to.decode(event)
      if (!(decoded instanceof Promise)) return this.#give(event, decoded)
      return decoded.then(
        async (value) => {
          while (this.#hold && !this.#closed) await this.#hold.over
          return this.#closed ? undefined : this.#give(event, value)
        },
        (cause: unknown) => this.#to.report(this.#failed('The validator', cause)),
      )
    } catch (cause) {
      this.#to.report(this.#failed('The validator', cause))
      return undefined
    }
  }

  #give(event: WireEvent, decoded: Decoded): Promise<void> | undefined {
    this.handed = event
    if (decoded === 'passed' || isSteadywireError(decoded)) {
      this.#to.stage(decoded === 'passed' ? 'passed' : 'invalid', event)
      if (decoded !== 'passed') this.#to.report(decoded)
      return undefined
    }
    let result: unknown
    try {
      result = this.#to.event(decoded)
    } catch (cause) {
      this.#to.report(this.#failed('event', cause))
    }
    if (isThenable(result)) return this.#settled('event', result).then(() => this.#to.stage('delivered', event))
    this.#to.stage('delivered', event)
    return undefined
  }

  #done(event: WireEvent): void {
    if (this.#closed) return
    this.handed = undefined
    this.#to.advanced(event, false)
  }

  #load({ reason, at, over }: Entry & { readonly kind: 'load' }): Promise<void> | undefined {
    const done = (): void => {
      if (!this.#closed) this.#to.advanced(at, over)
    }
    const pending = this.#to.load(reason, at)
    return pending ? pending.then(done) : void done()
  }

  #attempt(what: string, run: () => unknown): Promise<void> | undefined {
    try {
      const result = run()
      return isThenable(result) ? this.#settled(what, result) : undefined
    } catch (cause) {
      return void this.#to.report(this.#failed(what, cause))
    }
  }

  #settled(what: string, result: PromiseLike<unknown>): Promise<void> {
    return Promise.resolve(result).then(
      () => {},
      (cause: unknown) => this.#to.report(this.#failed(what, cause)),
    )
  }

  #failed(what: string, cause: unknown): SteadywireError {
    const { topic } = this.#to
    return new SteadywireError('handler_failed', `${what} of ${topic} threw`, {
      topic,
      cause,
      hint: 'The event counts as delivered, and the stream goes on; see cause.',
    })
  }
}

function createHold(): { readonly over: Promise<void>; end(): void } {
  let end = (): void => {}
  const over = new Promise<void>((resolve) => {
    end = resolve
  })
  return { over, end }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
