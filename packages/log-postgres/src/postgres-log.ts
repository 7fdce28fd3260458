import {
  type Appended,
  type Clock,
  type Cursor,
  encodeCursor,
  type Random,
  type Retention,
  systemClock,
  systemRandom,
  type WireError,
  wireError,
} from '@steadywire/core'
import { parseAppended } from '@steadywire/core/protocol'
import {
  type EventLog,
  parseAppend,
  parseCallDeadline,
  parseCount,
  parseRead,
  parseTopic,
  type RetentionOptions,
  reportOnce,
  retentionByTopic,
} from '@steadywire/server'
import { openCalls } from './calls.ts'
import { configOf, type PostgresLike } from './config.ts'
import { draftsText } from './drafts.ts'
import { pageOf } from './page.ts'
import { postgresTails } from './tails.ts'

export interface PostgresLogOptions extends RetentionOptions {
  /**
   * Where PostgreSQL (15 or newer) is: an address, options of pg's pool, or a pool of the app's. Following topics takes one more
   * connection, which must be a session of its own: behind a pooler, give an address beside it.
   */
  readonly postgres: PostgresLike
  /** Another address for following topics, where `postgres` is a pooler that shares sessions. */
  readonly listenOn?: string
  /** What a topic keeps, where its family says nothing. Default: what the rule of its table says, which is 24 hours as it comes. */
  readonly retention?: Retention
  /** For how long ids and keys are remembered at least, ms: say what the table says (`key_window`). Default 24 hours. */
  readonly keyWindowMs?: number
  /**
   * How often what topics no longer keep is removed, ms. Default: every hour; any number of processes may do it. `Infinity` where
   * `call steadywire.retain()` is scheduled elsewhere, such as by pg_cron.
   */
  readonly retainEveryMs?: number
  /** When a call counts as failed, ms. Default 5,000. */
  readonly callDeadlineMs?: number
  /** Told of what fails without a caller. Default: the console, once for each code. */
  readonly report?: (error: WireError) => void
  readonly clock?: Clock
  readonly random?: Random
}

export interface PostgresLog extends EventLog {
  /** The topic's head: load a snapshot after asking for it, and let the client subscribe from there. */
  cursor(topic: string): Promise<Cursor>
  /** Removes what topics no longer keep, and forgets keys that are over age. It is given ten minutes. */
  retain(): Promise<void>
  /** Ends its connections. Tails are lost; calls reject. */
  close(): Promise<void>
}

/** How much a page may weigh, whatever its limit: about so many bytes of events. */
const pageBytes = 8_388_608
/** Much may have to be removed; each topic is a transaction of its own. */
const retainMs = 600_000
/** As good as never, and a moment that PostgreSQL still can name. */
const longMs = 2000 * 365 * 86_400_000

const appendText = `select steadywire.append_json($1, $2, $3, $4, $5::float8 * interval '1 ms')::text as append
from set_config('lock_timeout', $6, true)`
const readText = 'select head, events from steadywire.page($1, $2, $3, $4, $5, $6, $7, $8)'

/**
 * Keeps the events of topics in PostgreSQL: any number of processes share one log, and what changes in the same database can commit
 * together with its event (`select steadywire.append(…)` in the transaction). Each append is one statement under the lock of its topic,
 * each read one snapshot.
 *
 * Calls reject with kind `retry` (`unavailable`, `deadline`: it is not known whether it happened), `config` (rights, passwords, not
 * installed), `refused` (`sealed`, `invalid_draft`, `too_large` …), within `callDeadlineMs`.
 *
 * @example
 * await installPostgresLog(address)
 * const log = postgresLog({ postgres: address, topics: [session] })
 * @throws SteadywireError `invalid_option`
 */
export function postgresLog(options: PostgresLogOptions): PostgresLog {
  const { clock = systemClock, random = systemRandom, retention = {}, topics = [] } = options
  const report = options.report ?? reportOnce()
  const retentionOf = retentionByTopic({ retention, topics })
  const deadlineMs = parseCallDeadline(options.callDeadlineMs)
  const retainEveryMs = parseCount('retainEveryMs', options.retainEveryMs ?? 3_600_000)
  const calls = openCalls(options.postgres, clock, deadlineMs)
  const config = configOf(options.listenOn ?? options.postgres, deadlineMs)
  const tails = postgresTails({ config, clock, random, deadlineMs, report })
  /** Locks are given up before the call is: then it is known that nothing happened. */
  const lockMs = String(Math.max(1, Math.floor(deadlineMs * 0.9)))

  const log: PostgresLog = {
    keyWindowMs: parseCount('keyWindowMs', options.keyWindowMs ?? 86_400_000),

    async append(topic, drafts, by) {
      const parsed = parseAppend(topic, drafts)
      if (parsed.drafts.length === 0) return []
      const { topic: name } = parsed
      const kept = keptBy(retentionOf(name))
      const values = [name, draftsText(parsed.drafts), JSON.stringify(by?.scope ?? '').slice(1, -1), ...kept, lockMs]
      const [row] = await calls.query({ doing: `Appending to ${name}`, topic: name, text: appendText, values })
      return answersOf(row, parsed.drafts.length)
    },

    async read(topic, range) {
      const name = parseRead(topic, range)
      const { after, limit, before = Number.MAX_SAFE_INTEGER, last = false } = range
      const values = [name, after?.seq, after?.epoch, after?.mark, limit, before, last, pageBytes]
      const [row] = await calls.query({ doing: `Reading ${name}`, topic: name, text: readText, values })
      return pageOf(name, row, report)
    },

    async tail(topic, on) {
      return tails.follow(parseTopic(topic), on)
    },

    async cursor(topic) {
      const { epoch, head, mark } = await log.read(topic, { limit: 0, last: true })
      return encodeCursor({ seq: head, ...(epoch !== undefined && { epoch }), ...(mark !== undefined && { mark }) })
    },

    async retain() {
      const doing = 'Removing what topics no longer keep'
      await calls.query({ doing, text: 'call steadywire.retain()', deadlineMs: retainMs })
    },

    async close() {
      stopRetaining()
      const why = wireError('refused', 'closed', 'The log was closed', {
        hint: 'Close it after everything that uses it.',
      })
      tails.close(why)
      await calls.close(why)
    },
  }
  const stopRetaining = everyNowAndThen(clock, random, retainEveryMs, () => void log.retain().catch(report))
  return log
}

/** Not all processes at the same moment. */
function everyNowAndThen(clock: Clock, random: Random, ms: number, run: () => void): () => void {
  if (ms === Number.POSITIVE_INFINITY) return () => {}
  let cancel = (): void => {}
  const next = (): void => {
    cancel = clock.after(ms * (0.5 + random()), () => {
      run()
      next()
    })
  }
  next()
  return () => cancel()
}

function keptBy({ maxEvents, maxAgeMs }: Retention): readonly [events: number | undefined, ageMs: number | undefined] {
  return [
    maxEvents === undefined ? undefined : Math.min(Math.ceil(maxEvents), Number.MAX_SAFE_INTEGER),
    maxAgeMs === undefined ? undefined : Math.min(maxAgeMs, longMs),
  ]
}

function answersOf(row: unknown, count: number): readonly Appended[] {
  const { append }: Readonly<Record<string, unknown>> = Object(row)
  const answers = typeof append === 'string' ? parseAppended(JSON.parse(append)) : []
  if (answers.length === count) return answers
  throw wireError('retry', 'protocol', 'PostgreSQL answered an append with something else than positions', {
    hint: 'Are the migrations of the same version as @steadywire/log-postgres?',
  })
}
