import { createHash } from 'node:crypto'
import { type Appended, type Appender, type Connection, type Draft, randomId, type Transport } from '@steadywire/core'
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
export function createRecorder() {
  const born = new Map<string, number>()
  const records: EventRecord[] = []

  function note(drafts: readonly Draft[], appended: readonly Appended[]): readonly Appended[] {
    for (const [index, { position }] of appended.entries()) {
      const draft = drafts[index]
      const at = draft && born.get(draft.id)
      if (!draft || at === undefined) continue
      born.delete(draft.id)
      records.push({ id: draft.id, seq: position.seq, at, hash: hashOf(draft.type, draft.data) })
    }
    return appended
  }

  return {
    records: records as readonly EventRecord[],
    /** Given to the emitter: an event's id is made when it is emitted. */
    id(): string {
      const id = randomId()
      born.set(id, preciseNow())
      return id
    },
    before(to: Appender | Transport): Appender | Transport {
      return 'connect' in to
        ? { ...to, connect: async (context) => noting(await to.connect(context), note) }
        : { append: async (topic, drafts) => note(drafts, await to.append(topic, drafts)) }
    },
  }
}

/** Tells what is new among the records, ten times a second. */
export function tellSoon(records: readonly EventRecord[], tell: (news: readonly EventRecord[]) => void) {
  let told = 0
  const tellNews = () => {
    if (records.length > told) tell(records.slice(told))
    told = records.length
  }
  const ticking = setInterval(tellNews, 100)
  return {
    stop() {
      clearInterval(ticking)
      tellNews()
    },
  }
}

type Note = (drafts: readonly Draft[], appended: readonly Appended[]) => readonly Appended[]

function noting(connection: Connection, note: Note): Connection {
  const append = connection.append?.bind(connection)
  if (!append) return connection
  return { ...connection, append: async (topic, drafts, signal) => note(drafts, await append(topic, drafts, signal)) }
}
