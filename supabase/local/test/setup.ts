import { createClient, type RealtimeChannel, type SupabaseClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, expect, onTestFinished, vi } from 'vitest'
import { type Supabase, type SupabaseOptions, startSupabase } from '../src/index.ts'

let first: Supabase

/** One PostgreSQL for a test file; each case gets an endpoint of its own. */
export function useDatabase(...statements: readonly string[]): void {
  beforeAll(async () => {
    first = await startSupabase({ log: false })
    for (const statement of statements) await first.sql(statement)
  })
  afterAll(() => first.close())
}

export async function startForTest(options: SupabaseOptions = {}): Promise<Supabase> {
  const supabase = await startSupabase({ database: first.databaseUrl, pollMs: 0, readyMs: 0, log: false, ...options })
  onTestFinished(() => supabase.close())
  return supabase
}

export const ann = '00000000-0000-0000-0000-00000000000a'
export const bob = '00000000-0000-0000-0000-00000000000b'

export interface Connecting {
  readonly sub?: string
  readonly vsn?: '1.0.0' | '2.0.0'
  readonly token?: () => string
}

/** A client as an app has it. */
export async function connect(supabase: Supabase, { sub, vsn, token }: Connecting = {}): Promise<SupabaseClient> {
  const own = sub === undefined ? undefined : supabase.token({ sub })
  const accessToken = token ?? (own === undefined ? undefined : () => own)
  const client = createClient(supabase.url, supabase.publishableKey, {
    realtime: { ...(vsn && { vsn }), timeout: 5_000 },
    ...(accessToken && { accessToken: async () => accessToken() }),
  })
  onTestFinished(() => void client.realtime.disconnect())
  if (accessToken) await client.realtime.setAuth()
  return client
}

export interface Heard {
  readonly channel: RealtimeChannel
  readonly statuses: string[]
  readonly errors: string[]
  readonly systems: { readonly status: string; readonly message: string; readonly extension: string }[]
  readonly changes: Record<string, unknown>[]
  readonly broadcasts: Record<string, unknown>[]
}

/** Listens to everything that a channel says, and subscribes it. */
export function listen(channel: RealtimeChannel, filter?: Readonly<Record<string, unknown>>): Heard {
  const heard: Heard = { channel, statuses: [], errors: [], systems: [], changes: [], broadcasts: [] }
  if (filter)
    channel.on(
      'postgres_changes',
      { event: '*', schema: 'public', ...filter },
      (change) => void heard.changes.push(change),
    )
  channel.on('broadcast', { event: '*' }, (message) => void heard.broadcasts.push(message))
  channel.on('system', {}, (message) => void heard.systems.push(message))
  channel.subscribe((status, error) => {
    heard.statuses.push(status)
    if (error) heard.errors.push(error.message)
  })
  return heard
}

export const subscribed = ({ statuses }: Heard) => vi.waitFor(() => expect(statuses).toContain('SUBSCRIBED'), waiting)

/** Until row changes come. */
export const ready = ({ systems }: Heard, times = 1) =>
  vi.waitFor(() => expect(systems.filter(isReady)).toHaveLength(times), waiting)

const isReady = ({ status, message }: Heard['systems'][number]) =>
  status === 'ok' && message === 'Subscribed to PostgreSQL'

export const waiting = { timeout: 8_000, interval: 5 }

export const rows = ({ changes }: Heard) => changes.map(({ new: row }) => row)
