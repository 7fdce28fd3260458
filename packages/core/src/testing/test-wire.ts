import type { Clock, Random } from '../clock.ts'
import { wireError } from '../errors.ts'
import type { Appended, Draft, WireEvent, WireItem } from '../event.ts'
import type { Lifecycle, LifecycleEvents } from '../lifecycle.ts'
import { type TopicLike, topicName } from '../topic.ts'
import type { Transport } from '../transport.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'
import { seededRandom } from './random.ts'
import { createTestLog, type TestLog } from './test-log.ts'
import { createTestTransport } from './test-transport.ts'

export interface TestWireOptions {
  /** Repeats a run exactly. Default 1. */
  readonly seed?: number
  /** One direction, ms. Default 5. */
  readonly latencyMs?: number
  /** Default 5,000. */
  readonly heartbeatMs?: number
}

/**
 * A log, a wire and a clock in one process, for an app's own tests: faults on demand, time by hand, nothing left to chance.
 *
 * @example
 * const wire = createTestWire()
 * const subscriber = createSubscriber(wire.options)
 * subscriber.subscribe('job:1', { event: (event) => seen.push(event.data), gap: () => {} })
 * await wire.settled()
 * wire.lose(1)
 * await wire.emit('job:1', 'progress', { percent: 50 })
 * await wire.settled() // it was read from the log
 */
export interface TestWire {
  readonly transport: Transport
  readonly log: TestLog
  readonly clock: FakeClock
  readonly lifecycle: Lifecycle
  /** What `createSubscriber` needs to run on this wire. */
  readonly options: {
    readonly transport: Transport
    readonly clock: Clock
    readonly random: Random
    readonly lifecycle: Lifecycle
  }
  /** Appends an event, as a backend would. */
  emit(
    topic: TopicLike,
    type: string,
    data: unknown,
    options?: Pick<Draft, 'key' | 'entity' | 'actor' | 'final'>,
  ): Appended
  /** Ends every connection; the subscriber reconnects by its backoff. */
  cut(): void
  /** Half-open: nothing arrives any more, and nobody is told. `stall(false)` ends it. */
  stall(stalled?: boolean): void
  /** The next `count` live events arrive twice. */
  repeat(count?: number): void
  /** The next `count` live events never arrive. */
  lose(count?: number): void
  /** The next `count` live events arrive in another order, as soon as all of them were sent. */
  shuffle(count?: number): void
  /** Ends every connection with `unauthenticated` and refuses the tokens that were used so far. */
  expireToken(): void
  /** The device loses its network, or has it back with `offline(false)`. */
  offline(offline?: boolean): void
  /** The app goes to the background and comes back with `background(false)`. */
  background(background?: boolean): void
  /** Refuses a topic to everybody, or allows it again. */
  forbid(topic: TopicLike, forbidden?: boolean): void
  /** Hides events from readers, as filters and row security do. */
  hide(which: (event: WireEvent) => boolean): void
  /** The log comes back without its data, under a new epoch. */
  restartLog(): void
  /** Moves time on until everything under way has arrived and nothing waits but delays and heartbeats. */
  settled(): Promise<void>
}

export function createTestWire(options: TestWireOptions = {}): TestWire {
  const { seed = 1, latencyMs = 5, heartbeatMs = 5000 } = options
  const clock = createFakeClock()
  const random = seededRandom(seed)
  const log = createTestLog(() => clock.wall())
  const listeners = new Set<LifecycleEvents>()
  const holding = new Set<'offline' | 'background'>()
  const refusedTokens = new Set<string | undefined>()
  const seenTokens = new Set<string | undefined>()
  const forbidden = new Set<string>()
  const pending = { repeat: 0, lose: 0, shuffle: 0 }
  let held: WireItem[] = []
  let stalled = false
  let hidden = (_: WireEvent): boolean => false
  let emitted = 0

  function live(items: readonly WireItem[]): readonly (readonly WireItem[])[] {
    const batches: (readonly WireItem[])[] = []
    for (const item of items) {
      if (pending.lose > 0) pending.lose -= 1
      else if (pending.repeat > 0) {
        pending.repeat -= 1
        batches.push([item], [item])
      } else if (pending.shuffle > 0) {
        pending.shuffle -= 1
        held.push(item)
        if (pending.shuffle > 0) continue
        batches.push(...mixed(held).map((one) => [one]))
        held = []
      } else batches.push([item])
    }
    return batches
  }

  /** Another order for sure: rotated, then swapped at random. */
  function mixed(items: readonly WireItem[]): WireItem[] {
    const result = [...items.slice(1), ...items.slice(0, 1)]
    for (let index = result.length - 1; index > 1; index -= 1) {
      const other = Math.floor(random() * index)
      const [a, b] = [result[index], result[other]]
      if (a && b) [result[index], result[other]] = [b, a]
    }
    return result
  }

  const wire = createTestTransport(
    log,
    clock,
    {
      latency: () => latencyMs,
      live,
      visible: (event) => !hidden(event),
      refusal(token) {
        if (holding.has('offline')) return wireError('retry', 'unavailable', 'offline')
        if (refusedTokens.has(token))
          return wireError('auth', 'unauthenticated', 'The token is expired', token === undefined ? {} : { token })
        seenTokens.add(token)
        return undefined
      },
      topicRefusal: (topic) =>
        forbidden.has(topic) ? wireError('refused', 'forbidden', `${topic} is forbidden`, { topic }) : undefined,
      get stalled() {
        return stalled
      },
    },
    heartbeatMs,
  )

  const lifecycle: Lifecycle = {
    watch(on) {
      listeners.add(on)
      for (const reason of holding) on.suspended(reason)
      return () => void listeners.delete(on)
    },
  }

  function hold(reason: 'offline' | 'background', on: boolean): void {
    if (on) holding.add(reason)
    else holding.delete(reason)
    for (const listener of listeners) listener[on ? 'suspended' : 'resumed'](reason)
  }

  return {
    transport: wire.transport,
    log,
    clock,
    lifecycle,
    options: { transport: wire.transport, clock, random, lifecycle },
    emit(topic, type, data, extra = {}) {
      emitted += 1
      const [appended] = log.append(topicName(topic), [{ ...extra, id: `test-${seed}-${emitted}`, type, data }])
      return appended as Appended
    },
    cut: () => wire.cut(),
    stall(on = true) {
      stalled = on
    },
    repeat(count = 1) {
      pending.repeat = count
    },
    lose(count = 1) {
      pending.lose = count
    },
    shuffle(count = 2) {
      pending.shuffle = count
    },
    expireToken() {
      for (const token of seenTokens) refusedTokens.add(token)
      wire.cut(wireError('auth', 'unauthenticated', 'The token is expired'))
    },
    offline(on = true) {
      hold('offline', on)
      if (on) wire.cut()
    },
    background: (on = true) => hold('background', on),
    forbid(topic, on = true) {
      if (on) forbidden.add(topicName(topic))
      else forbidden.delete(topicName(topic))
    },
    hide(which) {
      hidden = which
    },
    restartLog() {
      log.restart()
      wire.cut()
    },
    async settled() {
      await clock.settle()
      while (wire.inFlight > 0) await clock.advance(latencyMs)
    },
  }
}
