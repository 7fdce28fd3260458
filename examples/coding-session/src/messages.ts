import type { ChildProcess } from 'node:child_process'
import * as z from 'zod'
import { modes, optionsSchema } from './options.ts'
import { recordSchema } from './record.ts'

/** Where the log is, if it is not in the process itself. */
const redis = z.string().optional()

const project = z.object({
  port: z.number().int(),
  publishableKey: z.string(),
  secretKey: z.string(),
  token: z.string(),
})

/** A project of Supabase: its keys, and the token of a user. */
export type Project = z.infer<typeof project>

/** What the processes tell each other besides the wire. */
export const messageSchema = z.discriminatedUnion('kind', [
  /** `origins`: of the pages that may connect. */
  z.object({ kind: z.literal('serve'), redis, origins: z.array(z.string()) }),
  z.object({ kind: z.literal('listening'), port: z.number().int() }),
  z.object({ kind: z.literal('host'), feeds: z.array(z.enum(modes)) }),
  z.object({ kind: z.literal('hosting'), project }),
  z.object({ kind: z.literal('not_hosting'), reason: z.string() }),
  /** The server, or Realtime, is to end as in a crash, and later to start again. */
  z.object({ kind: z.literal('crash') }),
  z.object({ kind: z.literal('crashed') }),
  z.object({ kind: z.literal('revive') }),
  z.object({ kind: z.literal('revived') }),
  z.object({
    kind: z.literal('work'),
    options: optionsSchema,
    sessionId: z.string(),
    redis,
    project: project.optional(),
  }),
  z.object({
    kind: z.literal('view'),
    options: optionsSchema,
    sessionId: z.string(),
    urls: z.array(z.string()),
    project: project.optional(),
  }),
  z.object({ kind: z.literal('online'), wire: z.number().int() }),
  z.object({ kind: z.literal('offline') }),
  /** The worker: something is to break now. The answer comes when all is whole again. */
  z.object({ kind: z.literal('break') }),
  z.object({ kind: z.literal('whole') }),
  z.object({ kind: z.literal('stop') }),
  /** The worker: so much more was emitted. */
  z.object({ kind: z.literal('placed'), records: z.array(recordSchema) }),
  z.object({ kind: z.literal('emitted'), records: z.array(recordSchema) }),
])

export type Message = z.infer<typeof messageSchema>

export function send(to: ChildProcess | NodeJS.Process, message: Message): void {
  // Nobody there any more: the process that listened is being ended, and may be gone before that is known here.
  if (to.connected) to.send?.(message, undefined, {}, () => {})
}

/** Listens; answers how to stop. */
export function receive(from: ChildProcess | NodeJS.Process, on: (message: Message) => void): () => void {
  const listener = (message: unknown) => on(messageSchema.parse(message))
  from.on('message', listener)
  return () => void from.off('message', listener)
}
