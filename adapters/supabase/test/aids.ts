import { createSubscriber, type Identity, type WireEvent } from '@steadywire/core'
import type { SupabaseOptions as LocalOptions, Supabase } from '@steadywire/supabase-local'
import { afterAll, onTestFinished } from 'vitest'
import { type EventTable, supabase } from '../src/index.ts'
import { startDatabase, startEndpoint } from './project.ts'

/** One database for a test file, and an endpoint for each test. */
export async function databaseForFile(): Promise<Supabase & { endpoint(options?: LocalOptions): Promise<Supabase> }> {
  const database = await startDatabase()
  afterAll(() => database.close())
  return {
    ...database,
    async endpoint(options) {
      const endpoint = await startEndpoint(database, options)
      onTestFinished(() => endpoint.close())
      return endpoint
    },
  }
}

export interface ReaderOptions {
  readonly feed?: 'changes' | 'broadcast'
  readonly tables?: readonly EventTable[]
  readonly identity?: Identity
  readonly auditMs?: number
}

/** A subscriber of one test, with the adapter's own client. */
export function subscriberFor(
  endpoint: Supabase,
  { feed = 'changes', tables = [], identity, auditMs }: ReaderOptions = {},
) {
  const subscriber = createSubscriber({
    transport: supabase({ url: endpoint.url, key: endpoint.publishableKey, feed, tables, heartbeatMs: 500 }),
    identity: identity ?? { subject: 'ann', token: endpoint.token({ sub: 'ann' }) },
    backoff: { delaysMs: [20, 50, 100], maxAttempts: Number.POSITIVE_INFINITY, jitter: false },
    ...(auditMs !== undefined && { auditMs }),
  })
  onTestFinished(() => subscriber.close())
  return subscriber
}

export type Reading = ReturnType<typeof read>

/** Follows a topic, and keeps what comes. */
export function read(subscriber: ReturnType<typeof subscriberFor>, topic: string, from: 'start' | 'now' = 'start') {
  const events: WireEvent[] = []
  const gaps: string[] = []
  const errors: string[] = []
  const subscription = subscriber.subscribe(topic, {
    from,
    event: (event) => void events.push(event as WireEvent),
    gap: ({ reason }) => void gaps.push(reason),
    error: ({ code }) => void errors.push(code),
  })
  return { events, gaps, errors, subscription, seqs: () => events.map(({ seq }) => seq) }
}

export async function append(
  database: Supabase,
  topic: string,
  count: number,
  data: unknown = { text: 'x' },
): Promise<void> {
  for (let n = 0; n < count; n++)
    await database.sql('select steadywire.append($1, $2, $3::json)', [topic, 'note', JSON.stringify(data)])
}

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)
