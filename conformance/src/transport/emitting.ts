import { type Appender, createEmitter, defineTopic, type EmitterOptions, type Topic } from '@steadywire/core'
import { draft, freshTopic } from '../drafts.ts'
import type { Outcome } from '../suite.ts'
import { noteSchema } from './schema.ts'
import { readerSubject, type TransportWorld } from './world.ts'

export const notes = defineTopic('notes:{id}', { note: noteSchema, remark: noteSchema }, { maxBytes: 200 })
export const marked = defineTopic('marked:{id}', { note: noteSchema }, { maxBytes: 200, oversize: 'mark' })

export function degraded(world: TransportWorld): Outcome {
  return world.capabilities.append ? undefined : 'degraded'
}

/** What appends: a subscriber's connection, or the log where the wire cannot. */
export function appender(world: TransportWorld): Appender {
  if (world.capabilities.append) return world.subscriber()
  return { append: (topic, drafts) => world.log.append(topic, drafts, { scope: readerSubject }) }
}

export function emitting(
  world: TransportWorld,
  options: Partial<EmitterOptions> = {},
  topic: ReturnType<typeof notes> = notes({ id: freshTopic('n').replace(':', '-') }),
) {
  const emitter = createEmitter({
    to: appender(world),
    backoff: { delaysMs: [5, 10, 20], jitter: false },
    observe: () => {},
    ...options,
  })
  world.finally(() => emitter.close())
  return { emitter, topic, outcome: degraded(world) } satisfies { topic: Topic; emitter: unknown; outcome: Outcome }
}

export function note(data: unknown) {
  return draft(data, { type: 'note' })
}

export function textOf(data: unknown): string {
  return typeof data === 'object' && data !== null && 'text' in data ? String(data.text) : ''
}
