import {
  type Clock,
  createEmitter,
  type Emitter,
  type EmitterOptions,
  isSteadywireError,
  messageOf,
  type Random,
  SteadywireError,
  systemClock,
  systemRandom,
  type TopicLike,
  type TypeOf,
  wireError,
} from '@steadywire/core'
import { parseCallDeadline, reportOnce } from '@steadywire/server'
import { openListener, type RedisLike } from './connection.ts'
import { keepPinging } from './ping.ts'

/** One message of plain Redis pub/sub. */
export interface BridgedMessage {
  readonly channel: string
  /** The message, parsed as JSON. */
  readonly data: unknown
}

export interface RedisBridgeOptions<T extends TopicLike> {
  /** Where the workers publish: as for `redisLog`. */
  readonly redis: RedisLike
  /** Where the events go: a log, or anything else that an emitter takes. */
  readonly to: EmitterOptions['to']
  /** Which channels, as PSUBSCRIBE has it: `job:*`. */
  readonly pattern: string
  /** The topic of a message, or `undefined` to pass it over. A topic of a family has its data validated. */
  readonly topic: (message: BridgedMessage) => T | undefined
  /** The event's type: one for all, or by the message. */
  readonly type: TypeOf<T> | ((message: BridgedMessage) => TypeOf<T>)
  /** The event's data. Default: the whole message. */
  readonly data?: (message: BridgedMessage) => unknown
  /**
   * Names the change, so that several bridges on one pattern make one event of it (E2). Without a key run one bridge only:
   * every subscriber of Redis gets every message.
   */
  readonly key?: (message: BridgedMessage) => string | undefined
  /** Told of each message that made no event, and why. Default: the console, once for each code. */
  readonly report?: (error: SteadywireError, message: { readonly channel: string; readonly text: string }) => void
  /** When a call counts as failed, ms. Default 5,000. */
  readonly callDeadlineMs?: number
  readonly clock?: Clock
  readonly random?: Random
}

export interface RedisBridgeStats {
  /** Messages that came. */
  readonly received: number
  /** Those that made an event, or were known by their key. */
  readonly appended: number
  /** Those for which there was no topic. */
  readonly passedOver: number
  /** Those that were reported: no JSON, invalid data, refused by the log. */
  readonly failed: number
  /** How often the connection was lost: what was published meanwhile is lost with it, as plain pub/sub has it. */
  readonly interruptions: number
}

export interface RedisBridge {
  /** Resolves when the pattern is subscribed to for the first time; rejects if Redis refuses it (rights, password). */
  readonly ready: Promise<void>
  stats(): RedisBridgeStats
  /** Stops listening, waits for what is under way, and ends the connection. */
  close(): Promise<void>
}

/**
 * Takes what workers publish today by plain Redis pub/sub into a log: from there on it is kept, numbered and replayed. The
 * messages of one channel keep their order. Nothing can bring back what was published while the bridge did not listen: let
 * workers emit themselves as soon as they can.
 *
 * @example
 * const job = defineTopic('job:{jobId}', { progress: z.object({ percent: z.number() }) })
 * const bridge = redisBridge({
 *   redis: url,
 *   to: log,
 *   pattern: 'job:*',
 *   topic: ({ channel }) => job({ jobId: channel.slice('job:'.length) }),
 *   type: 'progress',
 * })
 */
export function redisBridge<T extends TopicLike>(options: RedisBridgeOptions<T>): RedisBridge {
  const { clock = systemClock, random = systemRandom, pattern } = options
  const deadlineMs = parseCallDeadline(options.callDeadlineMs)
  const once = reportOnce()
  const report = options.report ?? ((error) => once(error))
  const connection = openListener({ redis: options.redis, deadlineMs, clock, random })
  // What fails is reported here: nothing is to be logged twice.
  const emitter: Emitter = createEmitter({ to: options.to, clock, random, observe: () => {} })
  const counts = { received: 0, appended: 0, passedOver: 0, failed: 0, interruptions: 0 }
  const stopPinging = keepPinging(connection.redis, clock, deadlineMs)
  let listening = true

  const take = async (channel: string, text: string): Promise<void> => {
    counts.received += 1
    try {
      const message = { channel, data: parse(text) }
      const topic: TopicLike | undefined = options.topic(message)
      if (topic === undefined) {
        counts.passedOver += 1
        return
      }
      const key = options.key?.(message)
      const type: string = typeof options.type === 'function' ? options.type(message) : options.type
      const data = options.data ? options.data(message) : message.data
      await emitter.emit(topic, type, data, key === undefined ? {} : { key })
      counts.appended += 1
    } catch (thrown) {
      counts.failed += 1
      report(toError(thrown, channel), { channel, text })
    }
  }

  let connected = false
  const ready = new Promise<void>((resolve, reject) => {
    const failed = (thrown: unknown): void => {
      const error = connection.toError(`Listening to ${pattern}`, thrown)
      if (error.kind === 'config') reject(error)
      report(error, { channel: pattern, text: '' })
    }
    connection.redis.on('ready', () => {
      connected = true
      connection.redis.psubscribe(pattern).then(() => resolve(), failed)
    })
  })
  ready.catch(() => {})
  connection.redis.on('close', () => {
    if (connected && listening) counts.interruptions += 1
    connected = false
  })
  connection.redis.on('pmessage', (_pattern: string, channel: string, text: string) => {
    if (listening) void take(channel, text)
  })

  return {
    ready,
    stats: () => ({ ...counts }),
    async close() {
      listening = false
      stopPinging()
      connection.close(wireError('refused', 'closed', 'The bridge was closed'))
      await emitter.close()
    },
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    throw new SteadywireError('invalid_data', `A message is no JSON: ${messageOf(thrown)}`, {
      hint: 'Let the worker publish JSON.stringify(…).',
      cause: thrown,
    })
  }
}

/** What the functions of the options throw is about this message only. */
function toError(thrown: unknown, channel: string): SteadywireError {
  if (isSteadywireError(thrown)) return thrown
  return new SteadywireError('invalid_data', `A message of ${channel} could not be taken: ${messageOf(thrown)}`, {
    cause: thrown,
  })
}
