import { createArrivalFeed } from './arrival-feed.ts'
import { backoffDelay, type BackoffRules } from './backoff.ts'
import type { Clock, Random } from './clock.ts'
import type { Link } from './connection-driver.ts'
import { createCursorKeeper, type CursorKeeper, cursorStoreFailed } from './cursor-keeper.ts'
import { type Cursor, type CursorStore, decodeCursor, encodeCursor } from './cursors.ts'
import { createDecoder } from './decode.ts'
import { createDelivery, type Delivery } from './delivery.ts'
import { messageOf, SteadywireError, type WireError } from './errors.ts'
import { type Position, positionOf, type WireEvent } from './event.ts'
import type { Continuity } from './gap.ts'
import type { EventStage } from './observe.ts'
import { createSequencedFeed, type Feed } from './sequenced-feed.ts'
import type { Origin } from './sequencer.ts'
import type { From, LoadContext, SubscribeOptions, Subscription } from './subscription.ts'
import {
  newSubscription,
  type SubscriptionEffect,
  type SubscriptionInput,
  stepSubscription,
} from './subscription-machine.ts'
import type { TopicLike } from './topic.ts'
import type { Head } from './transport.ts'

/** What all subscriptions of a subscriber share. */
export interface SubscriptionSurroundings {
  readonly clock: Clock
  readonly random: Random
  readonly backoff: BackoffRules
  readonly staleMs: number
  readonly pageSize: number
  readonly sequenced: boolean
  readonly cursors: CursorStore | undefined
  link(): Link | undefined
  isOutdated(error: WireError): boolean
  refreshToken(): Promise<void>
  expiresIn(ms: number): void
  stage(stage: EventStage, event: WireEvent): void
  readonly observed: boolean
  moved(topic: string, from: string, to: string): void
  gap(continuity: Extract<Continuity, { gap: unknown }>['gap']): void
  report(error: SteadywireError, handler: ((error: SteadywireError) => unknown) | undefined): void
  ended(driver: SubscriptionDriver): void
}

export interface SubscriptionDriver {
  readonly face: Subscription
  /** Where it will go on, for the opening request of a connection; undefined while that is not known. */
  readonly wanted: { readonly after: Position | undefined } | undefined
  connected(): void
  disconnected(): void
  /** The right was lost, at least for now: what waits is not delivered, and comes again if the right comes back. */
  dropQueued(): void
  /** Nothing of the present identity is delivered any more. */
  silence(): void
  /** Everything starts anew, under another identity. */
  restart(): void
  /** What was refused may be asked again. */
  reopen(): void
  verify(): void
  headHeard(head: Head | undefined, asked: Position): void
}

/** Runs one subscription: its machine's effects, its feed, its delivery, its cursor. */
export function createSubscriptionDriver(
  topic: TopicLike,
  name: string,
  options: SubscribeOptions,
  cursorKey: () => string | undefined,
  env: SubscriptionSurroundings,
): SubscriptionDriver {
  const decode = createDecoder(topic, options.types)
  let machine = newSubscription
  let continuity: Continuity | undefined
  let delivered: Position | WireEvent | undefined
  let life = new AbortController()
  let parts: { readonly feed: Feed; readonly delivery: Delivery; readonly keeper: CursorKeeper | undefined } | undefined
  let cancelDelay = (): void => {}
  let dropped = false
  let settle: { resolve(value: Continuity): void; reject(error: SteadywireError): void } | undefined
  const ready = new Promise<Continuity>((resolve, reject) => {
    settle = { resolve, reject }
  })
  ready.catch(() => {})

  function report(error: SteadywireError): void {
    if (machine.status !== 'detached') env.report(error, options.error)
  }

  function tell(input: SubscriptionInput): void {
    const before = machine
    const step = stepSubscription(machine, input, env.backoff)
    machine = step.machine
    for (const effect of step.effects) run(effect)
    if (before.status === machine.status) return
    env.moved(name, before.status, machine.status)
    if (machine.status !== 'detached') guard('status', () => options.status?.(machine.status))
  }

  function run(effect: SubscriptionEffect): void {
    switch (effect.kind) {
      case 'detach':
        cancelDelay()
        parts?.feed.detach()
        break
      case 'attach': {
        const link = env.link()
        if (link) parts?.feed.attach(link)
        break
      }
      case 'delay':
        cancelDelay = env.clock.after(effect.ms, () => retry('delayElapsed'))
        break
      case 'refreshToken': {
        const { generation } = machine
        const again = (): void => {
          if (machine.generation === generation) retry('tokenRefreshed')
        }
        env.refreshToken().then(again, again)
      }
    }
  }

  function retry(kind: 'delayElapsed' | 'tokenRefreshed'): void {
    if (env.link()) tell({ kind })
  }

  /** Builds what delivers, once it is known where to start. */
  function start(from: Origin | Position, key: string | undefined): void {
    const { signal } = life
    const keeper = key !== undefined && env.cursors ? createCursorKeeper(env.cursors, key, report) : undefined
    const capacity = options.buffer ?? 1000
    const delivery = createDelivery(capacity, name, {
      decode,
      event: options.event as (event: unknown) => unknown,
      gap(gap) {
        env.gap(gap)
        return options.gap?.(gap)
      },
      load: (reason, at) => (options.load ? load(reason, at, signal) : undefined),
      verdict(verdict, current) {
        continuity = verdict
        if (current) tell({ kind: 'caughtUp' })
        settle?.resolve(verdict)
        return signal.aborted ? undefined : options.attached?.(verdict)
      },
      end() {
        tell({ kind: 'ended' })
        settle?.resolve(continuity ?? { kind: 'continuous' })
        env.ended(driver)
      },
      advanced(to, over) {
        delivered = to
        keeper?.note('id' in to ? positionOf(to) : to, over)
      },
      stage: env.stage,
      roomMade: () => parts?.feed.roomMade(),
      report,
    })
    const events = {
      attached(expiresInMs: number | undefined) {
        if (expiresInMs !== undefined) env.expiresIn(expiresInMs)
        tell({ kind: 'attached' })
      },
      failed(error: WireError) {
        tell({ kind: 'failed', error, outdated: env.isOutdated(error), random: env.random() })
        if (machine.status !== 'refused') return
        dropQueued()
        settle?.reject(error)
        report(error)
      },
      doubted: () => tell({ kind: 'doubted' }),
      agreed: (caughtUp: boolean) => tell({ kind: caughtUp ? 'caughtUp' : 'attached' }),
      stage: env.stage,
      observed: env.observed,
    }
    const rules = { staleMs: env.staleMs, maxWaiting: capacity }
    const feed = env.sequenced
      ? createSequencedFeed({ topic: name, from, delivery, clock: env.clock, rules, pageSize: env.pageSize }, events)
      : createArrivalFeed(name, delivery, env.clock, events)
    parts = { feed, delivery, keeper }
    if (env.link()) tell({ kind: 'connected' })
  }

  async function load(reason: LoadContext['reason'], at: Position, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        await options.load?.({ reason, at, signal })
        return
      } catch (cause) {
        if (signal.aborted) return
        const hint = 'It is tried again; the events after it wait. See cause.'
        report(new SteadywireError('load_failed', `load of ${name}: ${messageOf(cause)}`, { topic: name, cause, hint }))
        await pause(backoffDelay(env.backoff, attempt, env.random()), signal)
      }
    }
  }

  function pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = env.clock.after(ms, resolve)
      signal.addEventListener('abort', () => {
        cancel()
        resolve()
      })
    })
  }

  function begin(): void {
    const from = origin(options.from ?? 'now')
    const key = cursorKey()
    if (delivered) return start('id' in delivered ? positionOf(delivered) : delivered, key)
    if (key === undefined) return start(from, undefined)
    const { signal } = life
    void storedPosition(key).then((stored) => {
      if (!signal.aborted) start(stored ?? from, key)
    })
  }

  async function storedPosition(key: string): Promise<Position | undefined> {
    try {
      const cursor = await env.cursors?.get(key)
      return cursor === undefined ? undefined : decodeCursor(cursor)
    } catch (cause) {
      report(cursorStoreFailed(key, cause))
      return undefined
    }
  }

  function stop(): void {
    life.abort()
    parts?.delivery.close()
    parts?.feed.detach()
    parts = undefined
  }

  /** The right was lost: what waits for the handler is not handed over any more (D10). */
  function dropQueued(): void {
    stop()
    dropped = true
  }

  /** The right is back: goes on after what was delivered. */
  function pickUp(): void {
    if (!dropped) return
    dropped = false
    life = new AbortController()
    begin()
  }

  function guard(what: string, run: () => unknown): void {
    try {
      run()
    } catch (cause) {
      report(new SteadywireError('handler_failed', `${what} of ${name} threw`, { topic: name, cause }))
    }
  }

  const driver: SubscriptionDriver = {
    face: {
      topic: name,
      get status() {
        return machine.status
      },
      get continuity() {
        return continuity
      },
      get cursor(): Cursor | undefined {
        if (!delivered || !env.sequenced) return undefined
        return encodeCursor('id' in delivered ? positionOf(delivered) : delivered)
      },
      ready,
      unsubscribe() {
        stop()
        tell({ kind: 'unsubscribed' })
        settle?.reject(
          new SteadywireError('unsubscribed', `Unsubscribed from ${name} before it was ready`, { topic: name }),
        )
        env.ended(driver)
      },
    },
    get wanted() {
      if (!parts || machine.status === 'refused') return undefined
      return { after: parts.feed.at }
    },
    connected() {
      if (dropped && machine.status !== 'refused') pickUp()
      else if (parts) tell({ kind: 'connected' })
    },
    disconnected: () => tell({ kind: 'disconnected' }),
    silence: stop,
    dropQueued,
    restart() {
      dropped = false
      life = new AbortController()
      continuity = undefined
      delivered = undefined
      tell({ kind: 'reopened' })
      tell({ kind: 'disconnected' })
      begin()
    },
    reopen() {
      if (!env.link() || machine.status !== 'refused') return
      pickUp()
      tell({ kind: 'reopened' })
    },
    verify: () => parts?.feed.verify(),
    headHeard(head, asked) {
      if (head) parts?.feed.headHeard(head, asked)
      else parts?.feed.verify()
    },
  }
  begin()
  return driver
}

function origin(from: From): Origin | Position {
  if (from === 'start') return { seq: 0 }
  return typeof from === 'string' && from !== 'now' ? decodeCursor(from) : (from as Origin | Position)
}
