import { type BackoffRules, backoffDelay, type Clock, type Random, type WireError } from '@steadywire/core'
import { type Cluster, Redis, type RedisOptions } from 'ioredis'
import { openCluster, openNode } from './cluster.ts'
import { toLogError } from './redis-error.ts'

/** A `redis://` address, options of ioredis, or an instance of its `Redis` or `Cluster`: that one is not used, only its options are. */
export type RedisLike = string | RedisOptions | Redis | Cluster

export interface ConnectionOptions {
  readonly redis: RedisLike
  readonly deadlineMs: number
  readonly clock: Clock
  readonly random: Random
}

export interface RedisConnection<R extends Redis | Cluster = Redis | Cluster> {
  readonly redis: R
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
 * Opens a connection of its own (of a cluster: one to each node). It comes back by itself; a call waits for the next attempt
 * at most, and never longer than the deadline. What was under way when the line broke is rejected, and its outcome unknown;
 * a cluster may have sent it twice.
 */
export function openConnection(options: ConnectionOptions): RedisConnection {
  const { redis: like } = options
  const settings = settingsOf(options)
  if (!isCluster(like)) return connectionOn(open(like, settings), options)
  return connectionOn(
    openCluster(like, settings, (attempt) => delayOf(attempt, options)),
    options,
  )
}

/** Opens a connection that listens to channels. */
export function openListener(options: ConnectionOptions): RedisConnection<Redis> {
  const { redis: like, random } = options
  const settings = settingsOf(options)
  if (!isCluster(like)) return connectionOn(open(like, settings), options)
  const cluster = openCluster(like, settings, (attempt) => delayOf(attempt, options))
  cluster.on('error', () => {})
  const connection = connectionOn(openNode(cluster, settings, random), options)
  return {
    ...connection,
    close(why) {
      connection.close(why)
      cluster.disconnect()
    },
  }
}

function settingsOf(options: ConnectionOptions) {
  const { deadlineMs } = options
  return {
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
    // Else a line that is gone already is waited for at the end.
    disconnectTimeout: 0,
    socketTimeout: deadlineMs,
    stringNumbers: false,
    replyMapping: 'legacy',
    retryStrategy: (attempt: number) => delayOf(attempt, options),
    // A server that only follows another one now: the address may lead to the new leader.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  } as const satisfies RedisOptions
}

const delayOf = (attempt: number, { random }: ConnectionOptions): number => backoffDelay(reconnects, attempt, random())

function connectionOn<R extends Redis | Cluster>(
  redis: R,
  { deadlineMs, clock }: ConnectionOptions,
): RedisConnection<R> {
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
        return await within(deadlineMs, clock, call)
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

/** Each command that a call takes has a deadline of its own; all of them together have this one. */
async function within<T>(ms: number, clock: Clock, call: () => Promise<T>): Promise<T> {
  let cancel = (): void => {}
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(ms, () => reject(new Error('Command timed out')))
  })
  return Promise.race([call(), late]).finally(cancel)
}

function isCluster(redis: RedisLike): redis is Cluster {
  return typeof redis === 'object' && 'nodes' in redis
}

function open(redis: Exclude<RedisLike, Cluster>, settings: RedisOptions & { readonly replyMapping: 'legacy' }): Redis {
  if (typeof redis === 'string') return new Redis(redis, settings)
  return 'duplicate' in redis ? redis.duplicate(settings) : new Redis({ ...redis, ...settings })
}
