import type { StandardSchemaV1 } from '@standard-schema/spec'
import {
  type Clock,
  isWireError,
  type Random,
  SteadywireError,
  systemClock,
  systemRandom,
  type TopicRules,
  wireError,
} from '@steadywire/core'
import { accountOf, isNamed } from './account.ts'
import { authenticate } from './authenticate.ts'
import { type Authoriser, chosenAuthoriser, type Grant } from './authorise.ts'
import { Client, reject } from './client.ts'
import { type CommandHandler, Commands } from './commands.ts'
import { ConnectionCounter } from './connection-counter.ts'
import { logWithDeadlines } from './deadline-log.ts'
import { Deadlines } from './deadlines.ts'
import { type CloseOptions, goingAway, within } from './drain.ts'
import { atEndOfTurn } from './end-of-turn.ts'
import { Expiries } from './expiries.ts'
import { FanOut } from './fan-out.ts'
import type { Credentials, Gateway } from './gateway-contract.ts'
import { Heartbeats } from './heartbeats.ts'
import { type Limits, withDefaults } from './limits.ts'
import type { EventLog } from './log.ts'
import { type GatewayStats, isolated, logFailuresOnce, newCounters, type ObserveGateway } from './metrics.ts'
import type { GatewayParts } from './parts.ts'
import { appendRate, RateLimiter, readRate } from './rate-limiter.ts'
import { revoked } from './refusals.ts'
import { GatewaySession } from './session.ts'

export interface GatewayOptions {
  readonly log: EventLog
  /** Who may do what. `'anyone'` lets everybody read and append everything: choose it knowingly. */
  readonly authorise: Authoriser | 'anyone'
  /** The families that clients may append to; their data is validated and capped. Without it any topic, any data. */
  readonly topics?: readonly TopicRules[]
  readonly limits?: Partial<Limits>
  /** Default 15,000. */
  readonly heartbeatMs?: number
  /** How often each followed topic is compared with the log, in case its tail lost something. Default 30,000. */
  readonly auditMs?: number
  /** How long the log and the authoriser may take for one call, before clients are told to try later. Default 10,000. */
  readonly callDeadlineMs?: number
  /** Sees sessions, refusals and failures. Without it, failures are logged to the console once per code. */
  readonly observe?: ObserveGateway
  readonly clock?: Clock
  readonly random?: Random
  /**
   * When live events leave: what comes in until `flush` runs goes out as one batch. Default: at the end of this turn of
   * the event loop; with a clock that was passed in, after its microtasks, which is deterministic.
   */
  readonly gather?: (flush: () => void) => void
}

export interface Revocation {
  readonly subject: string
  /** Absent: everything, the connections too. */
  readonly topic?: string
}

/** The gateway as its owner sees it; server halves are given it as a {@link Gateway}. */
export interface RunningGateway extends Gateway {
  /**
   * Lets clients call `handler`, if the authoriser grants them the action `command` on its name.
   *
   * @example
   * gateway.command('cancel-job', z.object({ jobId: z.string() }), ({ subject, data }) => cancel(subject, data.jobId))
   */
  command<S extends StandardSchemaV1>(
    name: string,
    schema: S,
    handler: CommandHandler<StandardSchemaV1.InferOutput<S>>,
  ): void
  /**
   * Takes away what a subject has open at this process: one topic, or all its connections. Nothing of it is sent from
   * now on. What it may open next is up to the authoriser, so take the right away there first.
   */
  revoke(what: Revocation): void
  stats(): GatewayStats
  /** Refuses newcomers, asks every client to come back later, and resolves when all are gone or the grace is over. */
  close(options?: CloseOptions): Promise<void>
}

/**
 * Makes the part of a server that all server halves stand on: it authorises clients, replays, streams, limits and sheds.
 *
 * @example
 * const gateway = createGateway({ log: memoryLog(), authorise: jwtAuthoriser({ secret }) })
 * @throws SteadywireError `invalid_option`
 */
export function createGateway(options: GatewayOptions): RunningGateway {
  const { clock = systemClock, random = systemRandom } = options
  const { heartbeatMs = 15_000, auditMs = 30_000, callDeadlineMs = 10_000 } = options
  for (const [name, value] of Object.entries({ heartbeatMs, auditMs, callDeadlineMs }))
    if (!(value > 0))
      throw new SteadywireError('invalid_option', `${name} is ${value}`, { hint: 'Give milliseconds, above 0.' })
  const limits = withDefaults(options.limits)
  const counters = newCounters()
  const observe = isolated(options.observe ?? logFailuresOnce())
  const commands = new Commands()
  const deadlines = new Deadlines(clock, callDeadlineMs)
  const log = logWithDeadlines(options.log, deadlines)
  const fanOut = new FanOut({
    log,
    clock,
    random,
    gather: options.gather ?? (options.clock ? queueMicrotask : atEndOfTurn),
    failed(topic, thrown, lost) {
      if (lost) counters.feedsLost++
      else counters.failures++
      const error = wireError('retry', 'log_failed', `The log of ${topic} failed`, { topic, cause: thrown })
      observe({ kind: 'failed', error })
    },
  })
  const parts: GatewayParts = {
    log,
    deadlines,
    families: options.topics,
    authorise: chosenAuthoriser(options.authorise),
    limits,
    clock,
    heartbeatMs,
    fanOut,
    commands,
    appendRates: new RateLimiter(appendRate, limits, clock),
    readRates: new RateLimiter(readRate, limits, clock),
    connections: new ConnectionCounter(limits),
    counters,
    observe,
  }
  const sessions = new Set<GatewaySession>()
  /** For each client that is being let in: what was revoked since. */
  const admissions = new Set<Revocation[]>()
  const expiries = new Expiries<GatewaySession>(clock)
  const rounds = Math.max(1, Math.round(auditMs / heartbeatMs))
  const heartbeats = new Heartbeats<GatewaySession>({
    clock,
    everyMs: heartbeatMs,
    beat: (session) => session.beat(),
    ticked: (tick) => void fanOut.audit(tick % (heartbeats.slots * rounds), heartbeats.slots * rounds),
  })
  let closing: { readonly spreadMs: number; readonly done: Promise<void> } | undefined
  let emptied = () => {}

  const owner = {
    parts,
    ended(session: GatewaySession) {
      sessions.delete(session)
      expiries.remove(session)
      heartbeats.remove(session)
      if (isNamed(session.account)) parts.connections.remove(session.account)
      observe({ kind: 'closed', subject: session.subject })
      if (sessions.size > 0) return
      fanOut.closeIdle()
      emptied()
    },
    renewed(session: GatewaySession) {
      expiries.set(session)
    },
  }

  const refuseWhileClosing = (): void => {
    if (closing) throw goingAway(closing.spreadMs, random)
  }

  const admitted = async <T extends Client>(credentials: Credentials, admit: (grant: Grant) => T): Promise<T> => {
    let subject: string | undefined
    const meanwhile: Revocation[] = []
    admissions.add(meanwhile)
    try {
      refuseWhileClosing()
      const grant = await authenticate(parts, credentials)
      subject = grant.subject
      refuseWhileClosing()
      const taken = meanwhile.filter((each) => each.subject === subject)
      if (taken.some(({ topic }) => topic === undefined)) throw revoked()
      const client = admit(grant)
      for (const { topic } of taken) if (topic !== undefined) client.revoke(topic)
      return client
    } catch (thrown) {
      if (isWireError(thrown) && thrown.code !== 'unavailable') reject(parts, subject, thrown)
      throw thrown
    } finally {
      admissions.delete(meanwhile)
    }
  }

  const shutDown = async (graceMs: number, spreadMs: number): Promise<void> => {
    const empty = new Promise<void>((resolve) => {
      emptied = resolve
    })
    for (const session of sessions) session.tellClosing(goingAway(spreadMs, random))
    if (sessions.size > 0) await within(clock, graceMs, empty)
    for (const session of [...sessions]) session.end(goingAway(spreadMs, random))
    fanOut.close()
    deadlines.close(() => goingAway(spreadMs, random))
  }

  return {
    open(credentials, peer) {
      return admitted(credentials, (grant) => {
        const account = accountOf(grant, credentials.origin)
        if (isNamed(account)) parts.connections.add(account)
        const session = new GatewaySession(owner, grant, credentials.origin, peer)
        sessions.add(session)
        expiries.set(session)
        heartbeats.add(session)
        observe({ kind: 'opened', subject: grant.subject })
        return session
      })
    },

    once(credentials) {
      return admitted(credentials, (grant) => new Client(parts, grant, credentials.origin))
    },

    command(name, schema, handler) {
      commands.add(name, schema, handler)
    },

    revoke(what) {
      const { subject, topic } = what
      for (const meanwhile of admissions) meanwhile.push(what)
      for (const session of [...sessions])
        if (session.subject === subject) {
          if (topic === undefined) session.end(revoked(), true)
          else session.revoke(topic)
        }
    },

    stats() {
      let readers = 0
      for (const session of sessions) readers += session.readers
      return { sessions: sessions.size, readers, topics: fanOut.topics, ...counters }
    },

    close({ graceMs = 5000, spreadMs = 5000 } = {}) {
      closing ??= { spreadMs, done: shutDown(graceMs, spreadMs) }
      return closing.done
    },
  }
}
