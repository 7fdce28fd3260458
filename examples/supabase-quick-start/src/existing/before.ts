import type { SupabaseClient } from '@supabase/supabase-js'
import type { Row } from './row.ts'

export function follow(client: SupabaseClient, sessionId: string, show: (type: string, payload: unknown) => void) {
  const filter = `session_id=eq.${sessionId}`
  const channel = client
    .channel(`session-${sessionId}`)
    .on('postgres_changes', { event: 'INSERT', schema: 'public', table: 'session_events', filter }, ({ new: row }) =>
      show(row.event_type, row.payload),
    )
    .subscribe(async (status) => {
      if (status !== 'SUBSCRIBED') return
      const { data } = await client.from('session_events').select().eq('session_id', sessionId).order('created_at')
      for (const row of (data ?? []) as Row[]) show(row.event_type, row.payload)
    })
  return () => client.removeChannel(channel)
}
