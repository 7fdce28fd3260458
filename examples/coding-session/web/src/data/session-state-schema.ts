import * as z from 'zod'
import { sessionTypes } from '../../../src/session.ts'
import type { SessionState } from './session-state.ts'

const whole = z.number().int()

const step = z.object({
  kind: z.enum(['phase', 'thinking', 'failed', 'done']),
  text: z.string(),
  detail: z.string(),
  seq: whole,
  time: z.number(),
  files: whole,
  lines: whole,
})

const view = z.object({
  phase: z.enum(['starting', 'running', 'finished', 'failed']).optional(),
  iteration: whole,
  startedAt: z.number().optional(),
  lastAt: z.number().optional(),
  files: z.record(z.string(), z.object({ action: z.enum(['write', 'delete']), seq: whole })),
  steps: z.array(step),
  lines: whole,
})

const kept = <Type extends keyof typeof sessionTypes>(type: Type) =>
  z.object({ seq: whole, time: z.number(), type: z.literal(type), data: sessionTypes[type] })

const event = z.discriminatedUnion('type', [
  kept('state_changed'),
  kept('thinking'),
  kept('terminal'),
  kept('file_change'),
  kept('error'),
  kept('completion'),
])

const state = z.object({
  base: view,
  events: z.array(event),
  view,
  weight: z.number(),
  ledger: z.object({ ranges: z.array(z.tuple([whole, whole])), repeated: whole, disordered: whole }),
})

/**
 * What a storage gave back, perhaps of an older page.
 *
 * @throws what zod says: then the session is followed from its start
 */
export function parseSessionState(stored: unknown): SessionState {
  const { base, view, ...rest } = state.parse(stored)
  return { ...rest, base: complete(base), view: complete(view) }
}

/** JSON leaves out what is undefined. */
function complete(parsed: z.infer<typeof view>): SessionState['view'] {
  const { phase, startedAt, lastAt, ...rest } = parsed
  return { ...rest, phase, startedAt, lastAt }
}
