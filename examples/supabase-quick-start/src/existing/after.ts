import { createSubscriber, defineTopic } from '@steadywire/core'
import { eventTable, supabase } from '@steadywire/supabase'
import type { SupabaseClient } from '@supabase/supabase-js'
import * as z from 'zod'
import type { Row } from './row.ts'

export const session = defineTopic('session:{sessionId}', {
  thinking: z.object({ step: z.number() }),
  terminal: z.object({ output: z.string() }),
})

const sessionEvents = eventTable<Row>()({
  table: 'session_events',
  topic: 'session:{session_id}',
  columns: { type: 'event_type', data: 'payload' },
})

export function live(client: SupabaseClient) {
  return createSubscriber({ transport: supabase({ client, tables: [sessionEvents] }) })
}

export function follow(
  subscriber: ReturnType<typeof live>,
  sessionId: string,
  show: (type: string, payload: unknown) => void,
  missed: () => void,
) {
  return subscriber.subscribe(session({ sessionId }), {
    from: 'start',
    event: ({ type, data }) => show(type, data),
    gap: missed,
  })
}
