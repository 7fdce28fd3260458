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

export interface DeliveryPorts {
  readonly decode: Decode
  event(event: EventOf<string>): unknown
  gap(gap: Gap): unknown
  /** Resolves when the app's state is loaded; retries by itself. */
  load(reason: LoadContext['reason'], at: Position): Promise<void> | undefined
  verdict(continuity: Continuity, current: boolean): unknown
  end(): void
  /** Everything up to here was handed over. `over`: this is another log than before. */
  advanced(to: Position | WireEvent, over: boolean): void
  stage(stage: EventStage, event: WireEvent): void
  /** The queue was full and has room again. */
  roomMade(): void
  report(error: SteadywireError): void
}

export interface Delivery {
  readonly room: number
  push(entry: Entry): void
  /** Nothing more is handed over; what waited is dropped. */
  close(): void
}

/**
 * Hands entries to the app one after the other: promises are awaited, what is thrown is isolated, and at most
 * `capacity` events wait (guarantees D3, D7, D8, D9). Without promises a burst is handed over in one go.
 */
export function createDelivery(capacity: number, topic: string, ports: DeliveryPorts): Delivery {
  let queue: Entry[] = []
  let head = 0
  let index = 0
  let waiting = 0
  let running = false
  let closed = false
  let wasFull = false

  function pump(): void {
    if (running) return
    running = true
    while (!closed && head < queue.length) {
      const pending = step(queue[head] as Entry)
      if (pending) {
        pending.then(resume)
        return
      }
    }
    running = false
  }

  function resume(): void {
    running = false
    pump()
  }

  /** Hands one thing over; a promise where the app needs time. Never throws, and the promise never rejects. */
  function step(entry: Entry): Promise<void> | undefined {
    if (entry.kind === 'events') return events(entry.events)
    leave()
    switch (entry.kind) {
      case 'move':
        return void ports.advanced(entry.to, false)
      case 'gap':
        return attempt('gap', () => ports.gap(entry.gap))
      case 'load':
        return load(entry)
      case 'verdict':
        return attempt('attached', () => ports.verdict(entry.continuity, entry.current()))
      case 'end':
        return void ports.end()
    }
  }

  function leave(): void {
    head += 1
    index = 0
    if (head === queue.length) queue.length = 0
    else if (head < 64) return
    else queue = queue.slice(head)
    head = 0
  }

  function events(batch: readonly WireEvent[]): Promise<void> | undefined {
    while (index < batch.length && !closed) {
      const event = batch[index] as WireEvent
      index += 1
      waiting -= 1
      const pending = one(event)
      if (pending) return pending.then(() => delivered(event))
      delivered(event)
    }
    if (!closed) leave()
    return undefined
  }

  function one(event: WireEvent): Promise<void> | undefined {
    try {
      const decoded = ports.decode(event)
      if (!(decoded instanceof Promise)) return hand(event, decoded)
      return decoded.then(
        (value) => (closed ? undefined : hand(event, value)),
        (cause: unknown) => ports.report(failed('The validator', cause)),
      )
    } catch (cause) {
      ports.report(failed('The validator', cause))
      return undefined
    }
  }

  function hand(event: WireEvent, decoded: Decoded): Promise<void> | undefined {
    if (decoded === 'passed' || isSteadywireError(decoded)) {
      ports.stage(decoded === 'passed' ? 'passed' : 'invalid', event)
      if (decoded !== 'passed') ports.report(decoded)
      return undefined
    }
    let result: unknown
    try {
      result = ports.event(decoded)
    } catch (cause) {
      ports.report(failed('event', cause))
    }
    if (isThenable(result)) return settled('event', result).then(() => ports.stage('delivered', event))
    ports.stage('delivered', event)
    return undefined
  }

  function delivered(event: WireEvent): void {
    if (closed) return
    ports.advanced(event, false)
    if (!wasFull || waiting > capacity / 2) return
    wasFull = false
    ports.roomMade()
  }

  function load({ reason, at, over }: Entry & { readonly kind: 'load' }): Promise<void> | undefined {
    const done = (): void => {
      if (!closed) ports.advanced(at, over)
    }
    const pending = ports.load(reason, at)
    return pending ? pending.then(done) : void done()
  }

  function attempt(what: string, run: () => unknown): Promise<void> | undefined {
    try {
      const result = run()
      return isThenable(result) ? settled(what, result) : undefined
    } catch (cause) {
      return void ports.report(failed(what, cause))
    }
  }

  function settled(what: string, result: PromiseLike<unknown>): Promise<void> {
    return Promise.resolve(result).then(
      () => {},
      (cause: unknown) => ports.report(failed(what, cause)),
    )
  }

  function failed(what: string, cause: unknown): SteadywireError {
    return new SteadywireError('handler_failed', `${what} of ${topic} threw`, {
      topic,
      cause,
      hint: 'The event counts as delivered, and the stream goes on; see cause.',
    })
  }

  return {
    get room() {
      const room = capacity - waiting
      if (room <= 0) wasFull = true
      return room
    },
    push(entry) {
      if (closed) return
      if (entry.kind === 'events') waiting += entry.events.length
      if (waiting >= capacity) wasFull = true
      queue.push(entry)
      pump()
    },
    close() {
      closed = true
      queue = []
      waiting = 0
    },
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
