import type { ChildProcess } from 'node:child_process'
import * as z from 'zod'
import { optionsSchema } from './options.ts'
import { recordSchema } from './record.ts'

/** What the processes tell each other besides the wire. */
export const messageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('serve'), options: optionsSchema }),
  z.object({ kind: z.literal('listening'), port: z.number().int() }),
  z.object({ kind: z.literal('view'), options: optionsSchema, url: z.string() }),
  z.object({ kind: z.literal('online') }),
  z.object({ kind: z.literal('work') }),
  z.object({ kind: z.literal('cut') }),
  z.object({ kind: z.literal('back') }),
  z.object({ kind: z.literal('stop') }),
  z.object({ kind: z.literal('emitted'), records: z.array(recordSchema) }),
])

export type Message = z.infer<typeof messageSchema>

export function send(to: ChildProcess | NodeJS.Process, message: Message): void {
  // Nobody there any more: the process that listened is being ended.
  if (to.connected) to.send?.(message)
}

export function receive(from: ChildProcess | NodeJS.Process, on: (message: Message) => void): void {
  from.on('message', (message: unknown) => on(messageSchema.parse(message)))
}
