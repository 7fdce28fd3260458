import type { BackoffRules } from './backoff.ts'
import type { Clock, Random } from './clock.ts'
import {
  type ConnectionEffect,
  type ConnectionInput,
  type ConnectionMachine,
  idleConnection,
  stepConnection,
} from './connection-machine.ts'
import { withDeadline } from './deadline.ts'
import { toWireError, type WireError, wireError } from './errors.ts'
import { watchSilence } from './silence.ts'
import type { Tokens } from './token.ts'
import type { AnyTransport, Connection, UnsequencedConnection, Wanted } from './transport.ts'

export type AnyConnection = Connection | UnsequencedConnection

/** An open connection, as the subscriptions see it. */
export interface Link {
  readonly connection: AnyConnection
  /** Aborted when the connection ended or was given up. */
  readonly signal: AbortSignal
  /** Makes a call under the deadline; `signal` aborts when it is given up. If nothing at all was heard meanwhile, the line is dead, and the connection ends. */
  call<T>(what: string, run: (signal: AbortSignal) => Promise<T>): Promise<T>
}

export interface ConnectionRules {
  readonly transport: AnyTransport
  readonly clock: Clock
  readonly random: Random
  readonly backoff: BackoffRules
  readonly connectDeadlineMs: number
  readonly callDeadlineMs: number
  readonly stableMs: number
}

export interface ConnectionEvents {
  opened(link: Link): void
  /** The link is gone; called before anything else follows. */
  gone(): void
  moved(from: ConnectionMachine, to: ConnectionMachine): void
  /** Compare positions with heads now. */
  verify(): void
  warn(error: WireError): void
  wanted(): readonly Wanted[]
}

export interface ConnectionDriver {
  readonly machine: ConnectionMachine
  readonly link: Link | undefined
  /** When an open connection was last heard, by the wall clock. */
  readonly heardAt: number | undefined
  /** Resolves when the connection that was given up last is closed, or after a second. */
  readonly lastClose: Promise<void>
  tell(input: ConnectionInput): void
  /** The current connection ends with this error, as if the wire had said so. */
  end(error: WireError): void
  /** The right to something lasts so long: the token is renewed before that. */
  expiresIn(ms: number): void
  /** Gets a fresh token onto the connection: one at a time. */
  renew(): Promise<void>
}

const closeDeadlineMs = 1000
/** A right that is said to last for no time must not make a loop of renewals. */
const leastRenewalMs = 100

/** Runs the effects of the connection machine: the only place that opens, watches and closes connections. */
export function createConnectionDriver(
  rules: ConnectionRules,
  tokens: () => Tokens,
  on: ConnectionEvents,
): ConnectionDriver {
  const { clock, transport } = rules
  let machine = idleConnection
  let link: Link | undefined
  let current = new AbortController()
  let lastHeard = clock.now()
  let heardAt: number | undefined
  let renewal: { readonly at: number; readonly cancel: () => void } | undefined
  let renewing: Promise<void> | undefined
  let lastClose: Promise<void> = Promise.resolve()
  const inputs: ConnectionInput[] = []

  // Inputs that come while one is handled, from a listener say, wait for their turn.
  function tell(input: ConnectionInput): void {
    inputs.push(input)
    if (inputs.length > 1) return
    for (let next = inputs[0]; next; next = inputs[0]) {
      try {
        handle(next)
      } finally {
        inputs.shift()
      }
    }
  }

  function handle(input: ConnectionInput): void {
    const before = machine
    const step = stepConnection(machine, input, rules.backoff)
    machine = step.machine
    // The new state is announced after the old link is gone and before anything is opened.
    for (const effect of step.effects) if (effect.kind === 'abandon') abandon()
    if (before.state !== machine.state || before.suspendedBy !== machine.suspendedBy) on.moved(before, machine)
    for (const effect of step.effects) run(effect)
  }

  function run(effect: ConnectionEffect): void {
    if (effect.kind === 'open') void open(effect.refresh)
    if (effect.kind === 'verify') on.verify()
    if (effect.kind === 'delay') {
      const { generation } = machine
      whileCurrent(clock.after(effect.ms, () => tell({ kind: 'delayElapsed', generation })))
    }
  }

  function whileCurrent(cancel: () => void): void {
    current.signal.addEventListener('abort', cancel, { once: true })
  }

  function abandon(): void {
    const old = link
    link = undefined
    renewal?.cancel()
    renewal = undefined
    renewing = undefined
    current.abort()
    current = new AbortController()
    if (!old) return
    on.gone()
    closeQuietly(old.connection)
  }

  async function open(refresh: boolean): Promise<void> {
    const { generation } = machine
    const { signal } = current
    lastHeard = clock.now()
    const connecting = (async () => {
      if (refresh) await tokens().refresh()
      if (signal.aborted) throw wireError('retry', 'closed', 'given up')
      return transport.connect({
        token: () => tokens().current(),
        heard() {
          if (!signal.aborted) heard()
        },
        // Asked for when the adapter sends its request: what was subscribed in the same turn goes along.
        get wanted() {
          return on.wanted()
        },
        warn: (error) => !signal.aborted && on.warn(error),
        signal,
      })
    })()
    connecting.then((late) => signal.aborted && closeQuietly(late)).catch(() => {})
    try {
      const connection = await withDeadline(
        clock,
        rules.connectDeadlineMs,
        `Connecting by ${transport.name}`,
        connecting,
        signal,
      )
      if (signal.aborted) closeQuietly(connection)
      else opened(connection, generation)
    } catch (error) {
      if (signal.aborted) return
      const failure = toWireError(error, 'unavailable')
      if (failure !== error) on.warn(failure)
      end(failure, generation)
    }
  }

  function opened(connection: AnyConnection, generation: number): void {
    const { signal } = current
    const ended = (error: unknown): void => end(toWireError(error), generation)
    connection.closed.then(ended, ended)
    link = { connection, signal, call: (what, run) => call(signal, generation, what, run) }
    heard()
    tell({ kind: 'opened', generation })
    if (signal.aborted) return
    whileCurrent(clock.after(rules.stableMs, () => tell({ kind: 'provedStable', generation })))
    if (connection.heartbeatMs !== undefined)
      whileCurrent(watchSilence(clock, 2 * connection.heartbeatMs, () => lastHeard, silent))
    on.opened(link)
  }

  function heard(): void {
    lastHeard = clock.now()
    if (link) heardAt = clock.wall()
  }

  function silent(ms: number): void {
    end(
      wireError('retry', 'connection_lost', `Nothing was heard for ${Math.round(ms)} ms`, {
        hint: 'The line is dead, or something on the way holds back what the server sends.',
      }),
    )
  }

  async function call<T>(
    signal: AbortSignal,
    generation: number,
    what: string,
    run: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const started = clock.now()
    const own = new AbortController()
    try {
      return await withDeadline(clock, rules.callDeadlineMs, what, run(own.signal), signal)
    } catch (thrown) {
      own.abort()
      const error = toWireError(thrown)
      if (error.code === 'deadline' && lastHeard <= started && !signal.aborted) end(error, generation)
      throw error
    }
  }

  function end(error: WireError, generation = machine.generation): void {
    const outdated = error.kind === 'auth' && tokens().isOutdated(error.token)
    tell({ kind: 'ended', generation, error, outdated, random: rules.random() })
  }

  function expiresIn(ms: number): void {
    // Half of a short right, the last half minute of a long one; spread, since many got theirs in the same moment.
    const lead = Math.min(ms / 2, 30_000) * (1 + 0.2 * rules.random())
    const at = clock.now() + (Math.max(leastRenewalMs, ms - lead) || leastRenewalMs)
    if (!tokens().refreshable || !link || (renewal && renewal.at <= at)) return
    renewal?.cancel()
    const cancel = clock.after(at - clock.now(), () => {
      renewal = undefined
      void renew().catch(() => {})
    })
    renewal = { at, cancel }
  }

  function renew(): Promise<void> {
    if (renewing) return renewing
    const mine = renewOnce(current.signal).finally(() => {
      if (renewing === mine) renewing = undefined
    })
    renewing = mine
    return mine
  }

  async function renewOnce(signal: AbortSignal): Promise<void> {
    let token: string | undefined
    try {
      token = await tokens().refresh()
    } catch (error) {
      on.warn(toWireError(error))
      if (!signal.aborted) expiresIn(2 * rules.callDeadlineMs)
      throw error
    }
    const connection = link?.connection
    if (signal.aborted || !connection) return
    const put = connection.renew?.bind(connection)
    if (token === undefined || !transport.capabilities.renew || !put)
      return end(wireError('retry', 'superseded', 'Reconnecting with a fresh token', { retryAfterMs: 0 }))
    try {
      const renewed = await call(signal, machine.generation, 'Renewing the token', () => put(token))
      if (!signal.aborted && renewed.expiresIn !== undefined) expiresIn(renewed.expiresIn)
    } catch (error) {
      if (!signal.aborted) end(toWireError(error))
      throw error
    }
  }

  /** A `close()` that hangs or fails changes nothing: the connection is given up already. */
  function closeQuietly(connection: AnyConnection): void {
    const closing = (async () => connection.close())()
    lastClose = withDeadline(clock, closeDeadlineMs, 'Closing', closing).catch(() => {})
  }

  return {
    get machine() {
      return machine
    },
    get link() {
      return link
    },
    get heardAt() {
      return heardAt
    },
    get lastClose() {
      return lastClose
    },
    tell,
    end,
    expiresIn,
    renew,
  }
}
