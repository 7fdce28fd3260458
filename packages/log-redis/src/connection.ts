import { type BackoffRules, backoffDelay, type Random, type WireError } from '@steadywire/core'
import { Redis, type RedisOptions } from 'ioredis'
import { toLogError } from './redis-error.ts'

/** A `redis://` address, options of ioredis, or an instance of it: that one is not used, only its options are. */
export type RedisLike = string | RedisOptions | Redis

export interface ConnectionOptions {
  readonly redis: RedisLike
  readonly deadlineMs: number
  readonly random: Random
}

export interface RedisConnection {
  readonly redis: Redis
  /** Awaits a call, and says in the log's words why it failed. */
  call<T>(doing: string, topic: string | undefined, call: () => Promise<T>): Promise<T>
  toError(doing: string, thrown: unknown, topic?: string): WireError
  /** Calls reject with `why` from now on. */
  close(why: WireError): void
}

const reconnects: BackoffRules = {
  delaysMs: [50, 100, 200, 400, 800, 1500],
  maxAttempts: Number.POSITIVE_INFINITY,
  jitter: true,
}

/**
 * Opens a connection of its own. It comes back by itself; a call waits for the next attempt at most, and never longer than
 * the deadline. Nothing is sent twice: what was under way when the line broke is rejected, and its outcome unknown.
 */
export function openConnection({ redis: like, deadlineMs, random }: ConnectionOptions): RedisConnection {
  const redis = open(like, {
    keyPrefix: '',
    protocol: 3,
    lazyConnect: false,
    enableReadyCheck: false,
    enableOfflineQueue: true,
    enableAutoPipelining: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: deadlineMs,
    connectTimeout: deadlineMs,
    socketTimeout: deadlineMs,
    stringNumbers: false,
    replyMapping: 'legacy',
    retryStrategy: (attempt) => backoffDelay(reconnects, attempt, random()),
    // A server that only follows another one now: the address may lead to the new leader.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  })
  let failure: Error | undefined
  let closed: WireError | undefined
  redis.on('error', (error: Error) => {
    failure = error
  })
  redis.on('ready', () => {
    failure = undefined
  })
  const toError = (doing: string, thrown: unknown, topic?: string) =>
    closed ?? toLogError(doing, thrown, failure, topic)
  return {
    redis,
    toError,
    async call(doing, topic, call) {
      try {
        return await call()
      } catch (thrown) {
        throw toError(doing, thrown, topic)
      }
    },
    close(why) {
      closed = why
      redis.disconnect()
    },
  }
}

function open(redis: RedisLike, settings: RedisOptions & { readonly replyMapping: 'legacy' }): Redis {
  if (typeof redis === 'string') return new Redis(redis, settings)
  return 'duplicate' in redis ? redis.duplicate(settings) : new Redis({ ...redis, ...settings })
}
