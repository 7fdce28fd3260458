import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTcpProxy } from '@steadywire/conformance/faults'
import { type RedisServer, type RedisServerOptions, startRedis } from '@steadywire/redis-server'
import { onTestFinished } from 'vitest'
import { type RedisLike, type RedisLog, type RedisLogOptions, redisLog } from '../src/index.ts'
import { handsOn } from './hands.ts'
import { openRedis, type TestRedis } from './servers.ts'

/** A Redis for one test. */
export async function redisForTest(options?: Pick<RedisServerOptions, 'persistence'>): Promise<TestRedis> {
  const server = await openRedis(options)
  onTestFinished(() => server.close())
  return server
}

/** A server for one test that configures, fills or replaces it: see `canStart`. */
export async function ownRedisForTest(options?: RedisServerOptions): Promise<RedisServer> {
  const server = await startRedis(options)
  onTestFinished(() => server.close())
  return server
}

/** The same Redis through a line of its own, which can be slowed down and broken. */
export async function lineTo({ url, prefix }: TestRedis) {
  const proxy = await createTcpProxy()
  onTestFinished(() => proxy.close())
  const address = new URL(url)
  proxy.target(Number(address.port))
  address.port = String(proxy.port)
  return { proxy, url: address.href, prefix }
}

interface Place {
  readonly url: string
  readonly prefix?: string
}

/** A log for one test; deadlines are short, so that what hangs is soon found out. */
export function logForTest(
  { url, prefix = 'sw' }: Omit<Place, 'url'> & { readonly url: RedisLike },
  options: Partial<RedisLogOptions> = {},
): RedisLog {
  const log = redisLog({ redis: url, prefix, callDeadlineMs: 2000, report: () => {}, ...options })
  onTestFinished(() => log.close())
  return log
}

export function handsForTest({ url, prefix }: Place): ReturnType<typeof handsOn> {
  const hands = handsOn(url, prefix)
  onTestFinished(() => hands.close())
  return hands
}

/** What a Redis user must be allowed, as the README has it. */
export const rightsOfReadme = (/`(~sw:\* [^`]*)`/.exec(readme())?.[1] ?? '').split(/\s+/)

function readme(): string {
  return readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
}
