import {
  type Clock,
  type Cursor,
  encodeCursor,
  type Random,
  randomId,
  systemClock,
  systemRandom,
  type WireError,
  wireError,
} from '@steadywire/core'
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
import { argumentsOf, parseAppended } from './append.ts'
import { openConnection, openListener, type RedisLike } from './connection.ts'
import { keysUnder } from './keys.ts'
import { readPage } from './read.ts'
import { evalOnReplicas } from './replicas.ts'
import { type Script, scriptOf } from './script.ts'
import { appendScript } from './scripts/append.ts'
import { readScript } from './scripts/read.ts'
import { redisTails } from './tails.ts'

export interface RedisLogOptions extends RetentionOptions {
  /**
   * Where Redis (7 or newer) is: an address, options of ioredis, or an instance of it, of which only the options are taken.
   * The log opens connections of its own: one for calls, one for following topics.
   */
  readonly redis: RedisLike
  /** Begins all keys and channels. Default `sw`. */
  readonly prefix?: string
  /** For how long ids and keys are remembered at least, ms. Default 24 hours. They are forgotten by later appends, a few each. */
  readonly keyWindowMs?: number
  /**
   * How many appends of one topic are remembered within the window. Default 100,000: a topic that takes more than that
   * in a window forgets the oldest early, and a repeat of one of them is a new event.
   */
  readonly maxRemembered?: number
  /**
   * A topic to which nothing was appended for so many ms is forgotten with all it holds, its end and its keys too; its
   * followers see a gap of reason `epoch`. Default: never. Worth setting where topics are many and short-lived, as one per job.
   */
  readonly forgetIdleMs?: number
  /**
   * How many replicas must have an append before it is acknowledged (`WAIT`). Default 0: a failover may lose the last
   * moments, which readers are told by marks. With fewer replicas appends fail with `unavailable`, to be tried again.
   */
  readonly minReplicas?: number
  /** When a call counts as failed, ms. Default 5,000. A connection that answers nothing for so long is given up. */
  readonly callDeadlineMs?: number
  /** Told of what fails without a caller, such as malformed events in Redis. Default: the console, once for each code. */
  readonly report?: (error: WireError) => void
  readonly clock?: Clock
  readonly random?: Random
  /** Names epochs. Default: random. */
  readonly id?: () => string
}

export interface RedisLog extends EventLog {
  /** The topic's head: load a snapshot after asking for it, and let the client subscribe from there. */
  cursor(topic: string): Promise<Cursor>
  /** Ends the connections. Tails are lost; calls reject. */
  close(): Promise<void>
}

/**
 * Keeps the events of topics in Redis Streams: any number of processes share one log. Each append is one script and
 * each read one transaction, and so one moment. It is as durable as Redis is told to be; what Redis loses is never renumbered in silence: a lost
 * topic gets a new epoch, and one that was taken back is told by its marks.
 *
 * Calls reject with kind `retry` (`unavailable`, `deadline`: it is not known whether it happened), `config` (rights,
 * passwords), `refused` (`sealed`, `invalid_draft` …), within `callDeadlineMs`.
 *
 * @example
 * const log = redisLog({ redis: 'redis://127.0.0.1:6379', topics: [session] })
 * @throws SteadywireError `invalid_option`
 */
export function redisLog(options: RedisLogOptions): RedisLog {
  const { clock = systemClock, random = systemRandom, id = randomId } = options
  const report = options.report ?? reportOnce()
  const retentionOf = retentionByTopic(options)
  const keysOf = keysUnder(options.prefix ?? 'sw')
  const keyWindowMs = parseCount('keyWindowMs', options.keyWindowMs ?? 86_400_000)
  const maxRemembered = parseCount('maxRemembered', options.maxRemembered ?? 100_000)
  const forgetIdleMs = parseCount('forgetIdleMs', options.forgetIdleMs ?? Number.POSITIVE_INFINITY)
  const minReplicas = parseCount('minReplicas', options.minReplicas ?? 0)
  const deadlineMs = parseCallDeadline(options.callDeadlineMs)

  const place = { redis: options.redis, deadlineMs, clock, random }
  const reading = openConnection(place)
  // WAIT holds its connection up: reads are not to wait for replicas.
  const writing = minReplicas > 0 ? openConnection(place) : reading
  const tails = redisTails({ connection: openListener(place), clock, pingMs: deadlineMs, report })
  const known = scriptOf(writing.redis, appendScript)
  const waiting = { replicas: minReplicas, waitMs: Math.max(1, Math.floor(deadlineMs / 2)) }
  const append: Script['run'] = (keys, args) =>
    minReplicas > 0 ? evalOnReplicas(writing.redis, appendScript, keys, args, waiting) : known.run(keys, args)
  const read = scriptOf(reading.redis, readScript)

  const log: RedisLog = {
    keyWindowMs,

    async append(topic, drafts, by) {
      const parsed = parseAppend(topic, drafts)
      if (parsed.drafts.length === 0) return []
      const { hash, stream, channel } = keysOf(parsed.topic)
      const { maxEvents = Number.POSITIVE_INFINITY, maxAgeMs = Number.POSITIVE_INFINITY } = retentionOf(parsed.topic)
      const scope = by?.scope ?? ''
      const args = [
        ...[id(), channel, JSON.stringify(parsed.topic)],
        ...[keyWindowMs, maxRemembered, maxEvents, maxAgeMs, forgetIdleMs].map(wholeNumber),
        minReplicas > 0 ? '1' : '',
        ...parsed.drafts.flatMap((draft) => argumentsOf(draft, scope)),
      ]
      const reply = await writing.call(`Appending to ${parsed.topic}`, parsed.topic, () => append([hash, stream], args))
      return parseAppended(parsed.topic, reply, parsed.drafts)
    },

    async read(topic, range) {
      const name = parseRead(topic, range)
      const { maxAgeMs = Number.POSITIVE_INFINITY } = retentionOf(name)
      return reading.call(`Reading ${name}`, name, () =>
        readPage(read, { topic: name, keys: keysOf(name), range, maxAgeMs: wholeNumber(maxAgeMs), report }),
      )
    },

    async tail(topic, on) {
      const name = parseTopic(topic)
      return tails.follow(name, keysOf(name).channel, on)
    },

    async cursor(topic) {
      const { epoch, head, mark } = await log.read(topic, { limit: 1, last: true })
      return encodeCursor({ seq: head, ...(epoch !== undefined && { epoch }), ...(mark !== undefined && { mark }) })
    },

    async close() {
      const why = wireError('refused', 'closed', 'The log was closed', {
        hint: 'Close it after everything that uses it.',
      })
      for (const part of [reading, writing, tails]) part.close(why)
    },
  }
  return log
}

/** Redis counts in whole numbers, and takes no moment that is too far away: that is as good as never. */
function wholeNumber(value: number): number {
  return value <= Number.MAX_SAFE_INTEGER ? Math.ceil(value) : Number.POSITIVE_INFINITY
}
