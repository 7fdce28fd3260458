import { type Backoff, defaultBackoff } from './backoff.ts'
import { type Clock, type Random, systemClock, systemRandom } from './clock.ts'
import { createConnectionDriver, type Link } from './connection-driver.ts'
import type { ConnectionMachine, ConnectionState } from './connection-machine.ts'
import type { CursorStore } from './cursors.ts'
import { withDeadline } from './deadline.ts'
import { decoderOf } from './decode.ts'
import { SteadywireError, wireError } from './errors.ts'
import type { Appended, Draft, WireEvent } from './event.ts'
import { checkHistoryOptions, decodeHistory, type HistoryOptions, type HistoryPage } from './history.ts'
import type { Lifecycle, SuspendReason } from './lifecycle.ts'
import { createListeners } from './listeners.ts'
import type { EventStage, Observation, Observe } from './observe.ts'
import { checkSubscribeOptions, checkSubscriberOptions } from './options.ts'
import { createStream, type StreamOptions } from './stream.ts'
import type { SubscribeOptions, Subscription } from './subscription.ts'
import { SubscriptionDriver, SubscriptionFace, type SubscriptionSurroundings } from './subscription-driver.ts'
import { createTokens, type Identity } from './token.ts'
import { type EventOf, type TopicLike, type TypeOf, topicName } from './topic.ts'
import type { AnyTransport, Connection } from './transport.ts'
import { createWaiters } from './waiters.ts'

export interface SubscriberOptions<Wire extends AnyTransport = AnyTransport> {
  readonly transport: Wire
  readonly identity?: Identity
  /** Where named subscriptions keep their cursors. Without it, names have no effect. */
  readonly cursors?: CursorStore
  /** Tells when the app is offline or in the background. Browsers: `browserLifecycle()` of `@steadywire/core/browser`. */
  readonly lifecycle?: Lifecycle
  readonly backoff?: Backoff
  /** How long a contradiction between log and position must last before it is believed, ms. Default 10,000. */
  readonly staleMs?: number
  /** How often followed topics are compared with their heads where the wire brings none, ms. Default 25,000. */
  readonly auditMs?: number
  /** Every call on a connection is given up after that, ms. Default 10,000. */
  readonly callDeadlineMs?: number
  /** So is opening a connection. Default 10,000. */
  readonly connectDeadlineMs?: number
  /** A connection that lived so long is stable: the count of attempts starts again, ms. Default 5,000. */
  readonly stableMs?: number
  readonly observe?: Observe
  readonly clock?: Clock
  readonly random?: Random
}

/** The connection, for display. */
export interface ConnectionStatus {
  readonly state: ConnectionState
  /** Tries in a row that did not lead to a stable connection. */
  readonly attempt: number
  /** While `waiting`: when the next try comes, by the device's wall clock, ms since 1970. */
  readonly retryAt: number | undefined
  /** How long it is until then, ms, when this was asked. */
  readonly retryInMs: number | undefined
  /**
   * When the other side was last heard, by the device's wall clock, ms since 1970; undefined before the first connection. Also where timers
   * stood still, as on a device that slept, it tells how long one was away.
   */
  readonly heardAt: number | undefined
  /** Why it is not wanted for now, while `suspended`. */
  readonly suspendedBy: readonly SuspendReason[]
  /** What ended the last connection or try. */
  readonly error: SteadywireError | undefined
}

export interface SubscriberStats {
  readonly subscriptions: number
  /** Events handed to handlers. */
  readonly delivered: number
  /** Events that came again and were dropped. */
  readonly repeated: number
  /** Events that a page brought. */
  readonly read: number
  readonly gaps: number
  readonly invalid: number
  readonly errors: number
  /** Connections that opened. */
  readonly connections: number
}

/** Another identity, and whether what is kept of the former one is to be forgotten. */
export interface IdentityChange {
  readonly identity: Identity
  readonly purge: boolean
}

interface SubscriberEvents {
  readonly state: ConnectionStatus
  /** Somebody else from now on: what is shown of the former identity is to go before anything else happens (D10). */
  readonly identity: IdentityChange
  readonly error: SteadywireError
  /** The app came to the front, or the device woke, as its lifecycle tells. */
  readonly woke: undefined
}

/** Owns one connection and any number of subscriptions on it. Made by {@link createSubscriber}. */
export interface Subscriber<Wire extends AnyTransport = AnyTransport> {
  /** What the connection is doing (guarantee C1). */
  readonly state: ConnectionState
  readonly connection: ConnectionStatus
  /** Who reads: the identity's subject. */
  readonly subject: string | undefined
  /** The clock that it goes by: what is built on it goes by the same. */
  readonly clock: Clock
  /**
   * Follows a topic: every event after the starting position, once and in order (D1 to D4).
   * Connects when it is called first. Throws `invalid_topic`, `invalid_option`, `invalid_cursor`, `not_supported`, `closed`.
   */
  subscribe<const T extends TopicLike, const Type extends TypeOf<T> = TypeOf<T>>(
    topic: T,
    options: SubscribeOptions<T, Type, Wire>,
  ): Subscription
  /** The same, pulled: nothing is taken from the log faster than it is consumed. Ends when the topic is sealed. */
  stream<const T extends TopicLike, const Type extends TypeOf<T> = TypeOf<T>, Gaps extends 'throw' | 'yield' = 'throw'>(
    topic: T,
    options: StreamOptions<T, Type, Gaps>,
  ): ReturnType<typeof createStream<T, Type, Gaps>>
  /** Reads the newest events before a seq, ascending, without following. Waits for the connection. */
  history<T extends TopicLike>(topic: T, options?: HistoryOptions): Promise<HistoryPage<EventOf<T>>>
  /** Appends over the open connection; waits for it. So an emitter can use a subscriber. */
  append(topic: string, drafts: readonly Draft[]): Promise<readonly Appended[]>
  /** Tries again now: after `failed`, or instead of waiting. Refused topics are asked again. */
  retry(): void
  /** Listens to the connection's state, to errors, to changes of the identity, or to the app's waking; answers how to stop. */
  on<E extends keyof SubscriberEvents>(event: E, listener: (value: SubscriberEvents[E]) => void): () => void
  stats(): SubscriberStats
  /**
   * Goes on as somebody else: logout, login, another organisation. The old is silenced before the new connects (D10), and all
   * subscriptions start anew. `purge` forgets the old identity's cursors.
   */
  changeIdentity(next: Identity, options?: { readonly purge?: boolean }): Promise<void>
  /** Ends everything; no callback starts afterwards, no timer, socket or listener is left behind (C7). */
  close(): Promise<void>
}

/**
 * Makes a subscriber.
 *
 * @example
 * const subscriber = createSubscriber({ transport: sse({ url: '/live' }) })
 * subscriber.subscribe(session({ sessionId }), { event: (event) => show(event), gap: () => reload() })
 *
 * @throws SteadywireError `invalid_option`, naming the option
 */
export function createSubscriber<const Wire extends AnyTransport>(options: SubscriberOptions<Wire>): Subscriber<Wire> {
  checkSubscriberOptions(options)
  const { transport, cursors, observe } = options
  const clock = options.clock ?? systemClock
  const random = options.random ?? systemRandom
  const { delaysMs, maxAttempts, jitter } = defaultBackoff
  const wished = options.backoff
  const backoff = {
    delaysMs: wished?.delaysMs ?? delaysMs,
    maxAttempts: wished?.maxAttempts ?? maxAttempts,
    jitter: wished?.jitter ?? jitter,
  }
  const auditMs = options.auditMs ?? 25_000
  const states = createListeners<ConnectionStatus>()
  const errors = createListeners<SteadywireError>()
  const identities = createListeners<IdentityChange>()
  const wakings = createListeners<undefined>()
  const drivers = new Set<SubscriptionDriver>()
  const logged = new Set<string>()
  const counts = { delivered: 0, repeated: 0, read: 0, gaps: 0, invalid: 0, errors: 0, connections: 0 }
  let identity = options.identity ?? {}
  const callDeadlineMs = options.callDeadlineMs ?? 10_000
  let tokens = createTokens(identity, clock, callDeadlineMs)
  let retryAt: number | undefined
  let closed = false
  let held = false
  let changing: SubscriptionDriver[] | undefined
  /** Settles when all that was to be purged is. */
  let purged: Promise<unknown> | undefined
  let cancelAudit = (): void => {}

  const connection = createConnectionDriver(
    {
      transport,
      clock,
      random,
      backoff,
      connectDeadlineMs: options.connectDeadlineMs ?? 10_000,
      callDeadlineMs,
      stableMs: options.stableMs ?? 5000,
    },
    () => tokens,
    {
      opened(link) {
        counts.connections += 1
        if (!transport.capabilities.heads) auditSoon()
        for (const driver of [...drivers]) driver.connected()
        linked.tell(link)
      },
      gone() {
        cancelAudit()
        for (const driver of [...drivers]) driver.disconnected()
      },
      moved,
      verify,
      warn: (error) => report(error),
      wanted: () => [...drivers].flatMap(({ topic, wanted }) => (wanted ? [{ topic, after: wanted.after }] : [])),
    },
  )
  const linked = createWaiters<Link>()

  function status(machine: ConnectionMachine = connection.machine): ConnectionStatus {
    const { state, attempt, suspendedBy, error } = machine
    const retryInMs = retryAt === undefined ? undefined : Math.max(0, retryAt - clock.wall())
    return { state, attempt, retryAt, retryInMs, heardAt: connection.heardAt, suspendedBy, error }
  }

  function moved(from: ConnectionMachine, to: ConnectionMachine): void {
    retryAt = to.delayMs === undefined ? undefined : clock.wall() + to.delayMs
    if (from.state !== to.state) entered(from, to)
    tellAll(states.tell(status(to)))
  }

  function entered(from: ConnectionMachine, to: ConnectionMachine): void {
    const error = to.state === 'online' ? undefined : to.error
    watch(() => ({ kind: 'connection', from: from.state, to: to.state, attempt: to.attempt, ...(error && { error }) }))
    if (to.state !== 'failed' || !error) return
    report(error)
    linked.fail(error)
    if (error.kind !== 'retry') for (const driver of drivers) driver.shutOut(error)
  }

  function watch(
    record: () => Observation extends infer O ? (O extends unknown ? Omit<O, 'at'> : never) : never,
  ): void {
    if (!observe) return
    try {
      observe({ at: clock.now(), ...record() } as Observation)
    } catch {
      // An observer's failure is its own.
    }
  }

  function stage(name: EventStage, event: WireEvent): void {
    if (name === 'delivered' || name === 'repeated' || name === 'read' || name === 'invalid') counts[name] += 1
    if (!observe) return
    const { topic, type, id, seq, time } = event
    watch(() => ({ kind: 'event', stage: name, topic, type, id, seq, time }))
  }

  /** Nothing fails without a word: to the handler, else to who listens, else once per code to the console. */
  function report(error: SteadywireError, handler?: (error: SteadywireError) => unknown): void {
    counts.errors += 1
    watch(() => ({ kind: 'error', error }))
    const thrown = errors.tell(error)
    if (handler) void tellHandler(handler, error)
    else overlooked(error)
    tellAll(thrown)
  }

  async function tellHandler(handler: (error: SteadywireError) => unknown, error: SteadywireError): Promise<void> {
    try {
      await handler(error)
    } catch (cause) {
      logOnce(new SteadywireError('handler_failed', 'error handler threw', { cause }))
    }
  }

  function overlooked(error: SteadywireError): void {
    if (errors.size === 0) logOnce(error)
  }

  function tellAll(thrown: readonly unknown[]): void {
    for (const cause of thrown) logOnce(new SteadywireError('handler_failed', 'A listener threw', { cause }))
  }

  function logOnce(error: SteadywireError): void {
    if (logged.has(error.code)) return
    logged.add(error.code)
    console.error(
      `steadywire: ${error.code}: ${error.message}${error.hint ? ` (${error.hint})` : ''}`,
      error.cause ?? '',
    )
  }

  function auditSoon(): void {
    cancelAudit = clock.after(auditMs * (0.75 + 0.25 * random()), () => {
      verify()
      auditSoon()
    })
  }

  /** Compares every followed topic with its head (danger 2 of the design: silence proves nothing). */
  function verify(): void {
    const { link } = connection
    const followed = [...drivers].flatMap((driver) => {
      const asked = driver.wanted?.after
      return asked ? [{ driver, asked }] : []
    })
    const heads = (link?.connection as Connection | undefined)?.heads?.bind(link?.connection)
    if (!link || followed.length === 0) return
    if (!heads) {
      for (const { driver } of followed) driver.verify()
      return
    }
    const topics = [...new Set(followed.map(({ driver }) => driver.topic))]
    link
      .call('Asking for heads', (signal) => heads(topics, signal))
      .then((found) => {
        for (const { driver, asked } of followed) driver.headHeard(found.get(driver.topic), asked)
      })
      .catch(() => {
        for (const { driver } of followed) driver.verify()
      })
  }

  function cursorPrefix({ subject }: Identity): string {
    return `${encodeURIComponent(subject ?? '')}/`
  }

  async function purgeCursors(prefix: string): Promise<void> {
    try {
      if (cursors) await withDeadline(clock, callDeadlineMs, 'Purging the old cursors', cursors.purge(prefix))
    } catch (cause) {
      report(new SteadywireError('cursor_store_failed', 'The old cursors could not be purged', { cause }))
    }
  }

  function cursorKey(topic: string, name: string | undefined): string | undefined {
    return name === undefined || !cursors || !transport.capabilities.positions
      ? undefined
      : `${cursorPrefix(identity)}${encodeURIComponent(name)}/${topic}`
  }

  const surroundings: SubscriptionSurroundings = {
    clock,
    random,
    backoff,
    callDeadlineMs,
    feedRules: { staleMs: options.staleMs ?? 10_000, maxWaiting: 1000, clock, pageSize: 1000 },
    sequenced: transport.capabilities.positions,
    cursors,
    cursorKey,
    held: () => held,
    link: () => connection.link,
    isOutdated: (error) => error.kind === 'auth' && tokens.isOutdated(error.token),
    refreshToken: () => connection.renew(),
    expiresIn: (ms) => connection.expiresIn(ms),
    stage,
    observed: observe !== undefined,
    moved: (topic, from, to, error) =>
      watch(() => ({ kind: 'subscription', topic, from, to, ...(error && { error }) })),
    gap(gap) {
      counts.gaps += 1
      watch(() => ({ kind: 'gap', topic: gap.topic, gap }))
    },
    report,
    ended: (driver) => drivers.delete(driver),
  }

  function follow(topic: TopicLike, wishes: object, silenced?: () => void): Subscription {
    if (closed) throw closedError()
    const name = topicName(topic)
    const checked = checkSubscribeOptions(topic, wishes, transport)
    const driver = new SubscriptionDriver(topic, name, checked, surroundings, silenced)
    drivers.add(driver)
    // What is begun while the identity changes waits with the others, until the old one's cursors are purged.
    if (changing) {
      driver.silence()
      changing.push(driver)
    }
    connection.tell({ kind: 'needed' })
    return new SubscriptionFace(driver)
  }

  function hold(on: boolean): void {
    held = on
    for (const driver of [...drivers]) driver.hold(on)
  }

  /** The open connection, waited for as long as a call may take. */
  async function whenLinked(): Promise<Link> {
    const { link, machine } = connection
    if (closed) throw closedError()
    if (link) return link
    if (machine.state === 'failed') throw machine.error ?? wireError('retry', 'unavailable', 'Not connected')
    const waiting = linked.wait(clock, callDeadlineMs)
    connection.tell({ kind: 'needed' })
    return waiting
  }

  const stopLifecycle = options.lifecycle?.watch({
    suspended: (reason) => connection.tell({ kind: 'suspended', reason }),
    resumed: (reason) => connection.tell({ kind: 'resumed', reason }),
    held: () => hold(true),
    released: () => hold(false),
    woke() {
      connection.tell({ kind: 'woke' })
      tellAll(wakings.tell(undefined))
    },
  })

  return {
    get state() {
      return connection.machine.state
    },
    get connection() {
      return status()
    },
    get subject() {
      return identity.subject
    },
    clock,
    subscribe: follow,
    stream: (topic, wishes) =>
      createStream(wishes, (handlers, silenced) => follow(topic, handlers, silenced), overlooked),
    async history(topic, wishes = {}) {
      const name = topicName(topic)
      const range = checkHistoryOptions(name, wishes, transport)
      const link = await whenLinked()
      const page = await link.call(`Reading ${name}`, (signal) =>
        (link.connection as Connection).read(name, range, signal),
      )
      return decodeHistory<EventOf<typeof topic>>(page, decoderOf(topic, undefined), report)
    },
    async append(topic, drafts) {
      const link = await whenLinked()
      const append = link.connection.append?.bind(link.connection)
      if (!append) throw wireError('config', 'not_supported', `${transport.name} cannot append`, { topic })
      return link.call(`Appending to ${topic}`, (signal) => append(topic, drafts, signal))
    },
    retry() {
      connection.tell({ kind: 'retried' })
      for (const driver of [...drivers]) driver.reopen()
    },
    on(event, listener) {
      if (event === 'state') return states.add(listener as (value: ConnectionStatus) => void)
      if (event === 'error') return errors.add(listener as (value: SteadywireError) => void)
      if (event === 'identity') return identities.add(listener as (value: IdentityChange) => void)
      if (event === 'woke') return wakings.add(listener as (value: undefined) => void)
      throw new SteadywireError('invalid_option', `A subscriber has no event ${String(event)}`, {
        hint: "Listen to 'state', 'error', 'identity' or 'woke'.",
      })
    },
    stats: () => ({ subscriptions: drivers.size, ...counts }),
    async changeIdentity(next, { purge = false } = {}) {
      if (closed) throw closedError()
      const former = cursorPrefix(identity)
      const fresh = createTokens(next, clock, callDeadlineMs)
      const silenced = [...drivers]
      // What is being written would bring a purged cursor back.
      const written = Promise.all(silenced.map((driver) => driver.written()))
      for (const driver of silenced) driver.silence()
      changing = silenced
      identity = next
      tokens = fresh
      connection.tell({ kind: 'identityChanged' })
      tellAll(identities.tell({ identity: next, purge }))
      if (purge) purged = Promise.all([purged, written]).then(() => purgeCursors(former))
      if (purged) await purged
      if (tokens !== fresh) return
      changing = undefined
      for (const driver of silenced) if (drivers.has(driver)) driver.restart()
    },
    async close() {
      closed = true
      stopLifecycle?.()
      for (const driver of [...drivers]) driver.unsubscribe()
      connection.tell({ kind: 'closed' })
      linked.fail(closedError())
      // Closing from within a listener takes effect when it returned.
      await Promise.resolve()
      await connection.lastClose
    },
  }
}

function closedError(): SteadywireError {
  return new SteadywireError('closed', 'The subscriber is closed', { hint: 'Make a new one with createSubscriber.' })
}
