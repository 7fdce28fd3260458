import { createHash } from 'node:crypto'
import { type Appender, randomId } from '@steadywire/core'
import * as z from 'zod'

/** What the worker knows of one event, told to the viewer besides the wire, so that the viewer can compare. */
export const recordSchema = z.object({ id: z.string(), seq: z.number().int(), at: z.number(), hash: z.string() })
export type EventRecord = z.infer<typeof recordSchema>

/** Milliseconds since 1970 with fractions: comparable between the processes of one machine. */
export const preciseNow = (): number => performance.timeOrigin + performance.now()

export function hashOf(type: string, data: unknown): string {
  return createHash('sha1').update(type).update(JSON.stringify(data)).digest('base64url').slice(0, 8)
}

/** Stands between the emitter and the log, and keeps what went through: emitted when, placed where, with what content. */
export function createRecorder(to: Appender) {
  const born = new Map<string, number>()
  const records: EventRecord[] = []
  return {
    records: records as readonly EventRecord[],
    /** Given to the emitter: an event's id is made when it is emitted. */
    id(): string {
      const id = randomId()
      born.set(id, preciseNow())
      return id
    },
    appender: {
      async append(topic, drafts) {
        const appended = await to.append(topic, drafts)
        for (const [index, { position }] of appended.entries()) {
          const draft = drafts[index]
          const at = draft && born.get(draft.id)
          if (!draft || at === undefined) continue
          born.delete(draft.id)
          records.push({ id: draft.id, seq: position.seq, at, hash: hashOf(draft.type, draft.data) })
        }
        return appended
      },
    } satisfies Appender,
  }
}
