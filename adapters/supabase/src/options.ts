import type { Clock } from '@steadywire/core'
import type { SupabaseClient } from '@supabase/supabase-js'
import type { EventTable } from './table.ts'

/** A client of the adapter's own: tokens come from the subscriber's identity. */
export interface OwnClient {
  /** The project's address, `https://….supabase.co`. */
  readonly url: string
  /** The publishable (anon) key; on a backend that appends, the secret (service role) key. */
  readonly key: string
  readonly client?: never
  /** How often the server is asked to be heard, ms. Default 25,000, as supabase-js has it. */
  readonly heartbeatMs?: number
}

/** The app's client: its session decides who reads, its socket is shared, and both stay as they are. */
export interface SharedClient {
  readonly client: SupabaseClient
  readonly url?: never
  readonly key?: never
  readonly heartbeatMs?: never
}

/** Where a project is. */
export type Place = OwnClient | SharedClient

export type SupabaseOptions = Place & {
  /**
   * What carries live events. `changes` (default): row changes of the table, with row security for each event. `broadcast`: broadcasts
   * from the database on the private channel of the topic, which are faster and cheaper; switched on by `steadywire.set_broadcast`.
   */
  readonly feed?: 'changes' | 'broadcast'
  /** Tables of the app's that are logs, beside `steadywire.events`: needed to follow their row changes. */
  readonly tables?: readonly EventTable[]
  readonly clock?: Clock
}
