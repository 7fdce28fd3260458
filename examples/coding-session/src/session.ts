import { defineTopic, type EventOf } from '@steadywire/core'
import * as z from 'zod'

/** What a coding session tells: its life, its terminal, its files. */
export const sessionTypes = {
  state_changed: z.object({ state: z.enum(['starting', 'running', 'finished', 'failed']), detail: z.string() }),
  thinking: z.object({ iteration: z.number().int() }),
  terminal: z.object({ stream: z.enum(['stdout', 'stderr']), output: z.string() }),
  file_change: z.object({ path: z.string(), action: z.enum(['write', 'delete']) }),
  error: z.object({ message: z.string(), exitCode: z.number().int() }),
  completion: z.object({ message: z.string() }),
  load: z.object({ n: z.number().int() }),
}

export const session = defineTopic('session:{sessionId}', sessionTypes)

export type SessionTopic = ReturnType<typeof session>
export type SessionEvent = EventOf<SessionTopic>
