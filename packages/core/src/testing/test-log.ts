import { type Appended, type Draft, markOf, positionOf, type WireEvent } from '../event.ts'
import type { Page, ReadRange } from '../transport.ts'

/** A log that a test can damage. Everything is synchronous. */
export interface TestLog {
  readonly epoch: string
  append(topic: string, drafts: readonly Draft[]): readonly Appended[]
  read(topic: string, range: ReadRange): Page
  /** Calls `listener` with every batch that is appended; answers how to stop. */
  listen(listener: (topic: string, events: readonly WireEvent[]) => void): () => void
  /** Forgets everything up to and including `seq`. */
  trim(topic: string, seq: number): void
  /** Takes every topic back to at most `seq`, under the same epoch. */
  rewind(seq: number): void
  /** Loses everything: a new epoch. */
  restart(): void
  /** What a node would answer that stopped following now. */
  snapshot(): Pick<TestLog, 'read'>
}

interface Topic {
  readonly events: WireEvent[]
  oldest: number
  readonly marks: Map<number, string>
  /** By id, and by key behind a `#`. */
  readonly known: Map<string, WireEvent>
}

/** @param now What events are stamped with, ms since 1970. */
export function createTestLog(now: () => number): TestLog {
  let generation = 1
  let topics = new Map<string, Topic>()
  const listeners = new Set<(topic: string, events: readonly WireEvent[]) => void>()
  const epoch = (): string => `test-${generation}`

  function topicOf(name: string): Topic {
    const found = topics.get(name) ?? { events: [], oldest: 1, marks: new Map(), known: new Map() }
    topics.set(name, found)
    return found
  }

  function head({ events }: Topic): number {
    return events.length
  }

  return {
    get epoch() {
      return epoch()
    },
    append(name, drafts) {
      const topic = topicOf(name)
      const fresh: WireEvent[] = []
      const answers = drafts.map((draft) => {
        const first = topic.known.get(draft.id) ?? (draft.key !== undefined && topic.known.get(`#${draft.key}`))
        if (first) return { position: positionOf(first), duplicate: true }
        const event: WireEvent = { ...draft, topic: name, epoch: epoch(), seq: head(topic) + 1, time: now() }
        topic.events.push(event)
        topic.marks.set(event.seq, markOf(event.id))
        topic.known.set(event.id, event)
        if (event.key !== undefined) topic.known.set(`#${event.key}`, event)
        fresh.push(event)
        return { position: positionOf(event), duplicate: false }
      })
      if (fresh.length > 0) for (const listener of [...listeners]) listener(name, fresh)
      return answers
    },
    read: (name, range) => readTopic(topics.get(name), epoch(), range),
    listen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    trim(name, seq) {
      const topic = topicOf(name)
      topic.oldest = Math.max(topic.oldest, Math.min(seq, head(topic)) + 1)
    },
    rewind(seq) {
      for (const topic of topics.values()) {
        for (const { id, key } of topic.events.splice(seq)) {
          topic.known.delete(id)
          if (key !== undefined) topic.known.delete(`#${key}`)
        }
        topic.oldest = Math.min(topic.oldest, topic.events.length + 1)
        for (const key of topic.marks.keys()) if (key > seq) topic.marks.delete(key)
      }
    },
    restart() {
      generation += 1
      topics = new Map()
    },
    snapshot() {
      const copies = new Map(
        [...topics].map(([name, { events, oldest, marks, known }]) => [
          name,
          { events: [...events], oldest, marks: new Map(marks), known },
        ]),
      )
      const then = epoch()
      return { read: (name, range) => readTopic(copies.get(name), then, range) }
    },
  }
}

function readTopic(
  topic: Topic | undefined,
  epoch: string,
  { after, before = Number.POSITIVE_INFINITY, limit, last }: ReadRange,
): Page {
  if (!topic || topic.events.length === 0) return { oldest: 1, head: 0, through: 0, events: [] }
  const top = topic.events.length
  const mark = topic.marks.get(top)
  const base = {
    epoch,
    oldest: topic.oldest,
    head: top,
    ...(mark && { mark }),
    ...(topic.events.at(-1)?.final && { sealed: true }),
  }
  if (after?.epoch !== undefined && after.epoch !== epoch) return { ...base, through: 0, events: [] }
  const there = after && topic.marks.get(after.seq)
  if (after && (after.seq > top || (after.mark && there && there !== after.mark)))
    return { ...base, through: 0, events: [], rewound: true }
  const from = Math.max(after?.seq ?? 0, topic.oldest - 1)
  const range = topic.events.slice(from, Math.min(top, before - 1))
  const events = last ? range.slice(-limit) : range.slice(0, limit)
  const through =
    last || events.length === range.length ? Math.max(from, Math.min(top, before - 1)) : (events.at(-1)?.seq ?? from)
  const throughMark = topic.marks.get(through)
  return { ...base, events, through, ...(throughMark && { throughMark }) }
}
