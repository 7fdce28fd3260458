import { type Appended, type Draft, isSteadywireError, type Page, type ReadRange, randomId } from '@steadywire/core'
import { type PostgresServer, type PostgresServerOptions, startPostgres } from '@steadywire/postgres-server'
import type { EventLog } from '@steadywire/server'
import { onTestFinished } from 'vitest'
import { installPostgresLog, type PostgresLog, type PostgresLogOptions, postgresLog } from '../src/index.ts'
import { handsOn } from './hands.ts'

/** A server with the log installed. */
export async function postgresWithLog(options?: PostgresServerOptions): Promise<PostgresServer> {
  const server = await startPostgres(options)
  await installPostgresLog(server.url)
  return server
}

/** The same, for one test. */
export async function postgresForTest(options?: PostgresServerOptions): Promise<PostgresServer> {
  const server = await postgresWithLog(options)
  onTestFinished(() => server.close())
  return server
}

/** A log for one test; deadlines are short, so that what hangs is soon found out. */
export function logForTest(server: { readonly url: string }, options: Partial<PostgresLogOptions> = {}): PostgresLog {
  const log = postgresLog({ postgres: server.url, callDeadlineMs: 3000, report: () => {}, ...options })
  onTestFinished(() => log.close())
  return log
}

export function handsForTest(server: { readonly url: string }): ReturnType<typeof handsOn> {
  const hands = handsOn(server.url)
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

export const seqsOf = (events: readonly { readonly seq: number }[]) => events.map(({ seq }) => seq)

/** Appends as an emitter does: the same again, until the outcome is known. */
export function appendForSure(log: EventLog, topic: string, batch: readonly Draft[]): Promise<readonly Appended[]> {
  return forSure(() => log.append(topic, batch))
}

/** Reads as a reader does: again, until there is an answer. */
export function readForSure(log: EventLog, topic: string, range: ReadRange): Promise<Page> {
  return forSure(() => log.read(topic, range))
}

async function forSure<T>(call: () => Promise<T>): Promise<T> {
  const end = performance.now() + 20_000
  for (;;) {
    try {
      return await call()
    } catch (thrown) {
      if (!isSteadywireError(thrown) || !thrown.retryable || performance.now() > end) throw thrown
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}

/** All events of a topic, by as many pages as it takes. */
export async function readAll(log: EventLog, topic: string) {
  let page = await readForSure(log, topic, { limit: 100_000 })
  const events = [...page.events]
  while (page.through < page.head) {
    const after = { seq: page.through, ...(page.epoch !== undefined && { epoch: page.epoch }) }
    page = await readForSure(log, topic, { after, limit: 100_000 })
    events.push(...page.events)
  }
  return { ...page, events }
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
  const heard = { seqs: [] as number[], wakes: 0, lost: [] as unknown[] }
  return log
    .tail(topic, {
      wake(events) {
        heard.wakes += 1
        heard.seqs.push(...seqsOf(events))
      },
      lost: (error) => void heard.lost.push(error),
    })
    .then((stop) => Object.assign(heard, { stop }))
}
