/** A row of `session_events`, as `supabase gen types` would have it. */
export interface Row {
  readonly id: string
  readonly session_id: string
  readonly event_type: string
  readonly payload: unknown
  readonly created_at: string
}
