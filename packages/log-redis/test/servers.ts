import { createTcpProxy } from '@steadywire/conformance/faults'
import { randomId } from '@steadywire/core'
import { findRedis, type RedisServerOptions, startRedis } from '@steadywire/redis-server'
import { handsOn } from './hands.ts'

/** A Redis, and what a test lets it go through. */
export interface TestRedis {
  readonly url: string
  /** Begins all keys and channels of the test. */
  readonly prefix: string
  /** `kill -9`; or the line to it is cut. */
  kill(): Promise<void>
  /** It comes back, with what its persistence and `save` have kept. */
  start(): Promise<void>
  /** It keeps its connections, and answers nothing. */
  pause(): void
  resume(): void
  /** All data are lost at once. */
  flush(): Promise<void>
  /** A copy from which it starts the next time. */
  save(): Promise<void>
  /** Ends all connections of clients. */
  cut(): Promise<void>
  /** Ends those that follow topics. */
  breakTails?(): Promise<void>
  close(): Promise<void>
}

/** Whether a test can have a server of its own. Else it uses a running one, through a line that can be cut and stalled. */
export const canStart = findRedis() !== undefined || process.env.REDIS_URL === undefined

/** For titles: what {@link TestRedis.kill} does. */
export const killed = canStart ? 'kill -9' : 'a line that is cut'

export function openRedis(options: RedisServerOptions = {}): Promise<TestRedis> {
  const { REDIS_URL } = process.env
  return canStart || REDIS_URL === undefined ? ownRedis(options) : runningRedis(REDIS_URL, options)
}

async function ownRedis(options: RedisServerOptions): Promise<TestRedis> {
  const server = await startRedis(options)
  const { redis, close } = handsOn(server.url)
  const breakTails = async () => void (await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub'))
  return {
    ...server,
    prefix: 'sw',
    flush: async () => void (await redis.flushall()),
    save: async () => void (await redis.save()),
    async cut() {
      await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      await breakTails()
    },
    breakTails,
    async close() {
      await close()
      await server.close()
    },
  }
}

/** Somebody else's server is neither stopped nor flushed: a test has its own keys there, and removes them. */
async function runningRedis(url: string, { persistence = 'none' }: RedisServerOptions): Promise<TestRedis> {
  const prefix = `sw-test-${randomId()}`
  const { redis, close } = handsOn(url, prefix)
  const proxy = await createTcpProxy()
  const address = new URL(url)
  proxy.target(Number(address.port || 6379), address.hostname)
  address.hostname = '127.0.0.1'
  address.port = String(proxy.port)
  let saved: readonly (readonly [key: string, dump: Buffer | null])[] = []

  const keys = async (): Promise<string[]> => {
    const found: string[] = []
    for await (const some of redis.scanStream({ match: `${prefix}:*`, count: 1000 })) found.push(...some)
    return found
  }
  const flush = async () => {
    const all = await keys()
    if (all.length > 0) await redis.unlink(...all)
  }

  return {
    url: address.href,
    prefix,
    async kill() {
      proxy.refuse(true)
      proxy.reset()
    },
    async start() {
      if (persistence === 'none') {
        await flush()
        for (const [key, dump] of saved) if (dump) await redis.restore(key, 0, dump)
      }
      proxy.refuse(false)
    },
    pause: () => proxy.stall(),
    resume: () => proxy.flow(),
    flush,
    async save() {
      saved = await Promise.all((await keys()).map(async (key) => [key, await redis.dumpBuffer(key)] as const))
    },
    cut: async () => proxy.reset(),
    async close() {
      await proxy.close()
      await flush()
      await close()
    },
  }
}
