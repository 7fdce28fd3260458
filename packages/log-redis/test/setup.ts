import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTcpProxy } from '@steadywire/conformance/faults'
import { type Appended, type Draft, isSteadywireError, type Page, type ReadRange, randomId } from '@steadywire/core'
import { type RedisServer, type RedisServerOptions, startRedis } from '@steadywire/redis-server'
import type { EventLog } from '@steadywire/server'
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

export const draft = (data: unknown, more: Partial<Draft> = {}): Draft => ({
  id: randomId(),
  type: 'note',
  data,
  ...more,
})

export const drafts = (count: number, from = 1): Draft[] =>
  Array.from({ length: count }, (_, index) => draft(from + index))

/** Appends as an emitter does: the same again, until the outcome is known. */
export function appendForSure(log: EventLog, topic: string, batch: readonly Draft[]): Promise<readonly Appended[]> {
  return forSure(() => log.append(topic, batch))
}

/** Reads as a reader does: again, until there is an answer. */
export function readForSure(log: EventLog, topic: string, range: ReadRange): Promise<Page> {
  return forSure(() => log.read(topic, range))
}

async function forSure<T>(call: () => Promise<T>): Promise<T> {
  const end = performance.now() + 30_000
  for (;;) {
    try {
      return await call()
    } catch (thrown) {
      if (!isSteadywireError(thrown) || !thrown.retryable || performance.now() > end) throw thrown
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}

/** What a call rejects with, and how long that took. */
export async function failureOf(call: Promise<unknown>) {
  const started = performance.now()
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!isSteadywireError(error)) throw new Error(`should have failed: ${String(error)}`)
  return { error, ms: performance.now() - started }
}

export function wakes(log: EventLog, topic: string) {
  const heard = { seqs: [] as number[], wakes: 0, lost: 0 }
  return log
    .tail(topic, {
      wake(events) {
        heard.wakes += 1
        heard.seqs.push(...events.map(({ seq }) => seq))
      },
      lost: () => void heard.lost++,
    })
    .then((stop) => Object.assign(heard, { stop }))
}

/** What a Redis user must be allowed, as the README has it. */
export const rightsOfReadme = (/`(~sw:\* [^`]*)`/.exec(readme())?.[1] ?? '').split(/\s+/)

function readme(): string {
  return readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
}
