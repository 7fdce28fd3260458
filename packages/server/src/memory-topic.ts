import {
  type Appended,
  type Draft,
  type Head,
  markOf,
  type Page,
  type Position,
  type ReadRange,
  type Retention,
  type WireEvent,
} from '@steadywire/core'
import { encodeEvent, encodeItem } from './encode.ts'
import { noteText } from './event-text.ts'
import { deepFreeze } from './freeze.ts'
import { KeyMemory, type Remembered } from './key-memory.ts'
import { sealed } from './log-input.ts'
import { OffsetQueue } from './offset-queue.ts'
import type { ParsedDraft } from './parse-draft.ts'

/** What is left of an event that was erased: enough for its seq and its mark to stay true. */
export interface Tombstone {
  readonly erased: true
  readonly id: string
  readonly time: number
}

type Slot = WireEvent | Tombstone

/** A topic as it is dumped and restored. */
export interface TopicDump {
  readonly topic: string
  readonly epoch: string
  readonly oldest: number
  /** The mark of the event at `oldest - 1`. */
  readonly trimmedMark?: string
  readonly sealed: boolean
  readonly slots: readonly (WireEvent | Tombstone)[]
  readonly remembered: readonly Remembered[]
}

export interface TopicRulesOfLog {
  readonly retention: Retention
  readonly keyWindowMs: number
  readonly maxRemembered: number
}

/** One topic of the memory log. Every method is one synchronous step, which is what makes it atomic. */
export class MemoryTopic {
  readonly #topic: string
  readonly #epoch: string
  readonly #rules: TopicRulesOfLog
  readonly #slots: OffsetQueue<Slot>
  readonly #memory = new KeyMemory()
  #trimmedMark: string | undefined
  #sealed = false

  constructor(from: Pick<TopicDump, 'topic' | 'epoch'> & Partial<TopicDump>, rules: TopicRulesOfLog) {
    this.#topic = from.topic
    this.#epoch = from.epoch
    this.#rules = rules
    this.#slots = new OffsetQueue(from.oldest ?? 1)
    this.#trimmedMark = from.trimmedMark
    this.#sealed = from.sealed ?? false
    for (const slot of from.slots ?? []) {
      if (!('erased' in slot)) encodeItem(slot)
      this.#slots.push(deepFreeze(slot))
    }
    for (const entry of from.remembered ?? []) this.#memory.add(entry)
  }

  append(drafts: readonly ParsedDraft[], scope: string, wall: number): { appended: Appended[]; events: WireEvent[] } {
    this.#memory.forget(wall - this.#rules.keyWindowMs, this.#rules.maxRemembered)
    const memory = this.#memory
    const batch = new KeyMemory()
    const fresh: ParsedDraft[] = []
    const appended = drafts.map((parsed) => {
      const { id, key } = parsed.draft
      const known =
        memory.withId(scope, id) ?? batch.withId(scope, id) ?? memory.withKey(scope, key) ?? batch.withKey(scope, key)
      if (known) return this.#appended(known, true)
      if (this.#sealed || fresh.at(-1)?.draft.final) throw sealed(this.#topic)
      const entry = remember(parsed.draft, scope, this.#slots.end + fresh.length, wall)
      batch.add(entry)
      fresh.push(parsed)
      return this.#appended(entry, false)
    })
    const time = Math.max(wall, this.#slots.get(this.#slots.end - 1)?.time ?? 0)
    const events = fresh.map((parsed) => this.#write(parsed, time))
    for (const entry of batch.toArray()) memory.add(entry)
    this.trim(wall)
    return { appended, events }
  }

  /** Removes what retention no longer keeps: always a prefix. */
  trim(wall: number): void {
    const { maxEvents = Number.POSITIVE_INFINITY, maxAgeMs = Number.POSITIVE_INFINITY } = this.#rules.retention
    const slots = this.#slots
    let oldest = Math.max(slots.first, slots.end - maxEvents)
    for (let slot = slots.get(oldest); slot && slot.time <= wall - maxAgeMs; slot = slots.get(oldest)) oldest++
    if (oldest === slots.first) return
    this.#trimmedMark = this.#markAt(oldest - 1)
    slots.dropBefore(oldest)
  }

  head(): Head {
    const head = this.#slots.end - 1
    return {
      epoch: this.#epoch,
      oldest: this.#slots.first,
      head,
      ...optional('mark', this.#markAt(head)),
      ...(this.#sealed && { sealed: true }),
    }
  }

  read({ after, limit, before, last }: ReadRange): Page {
    const head = this.head()
    if (after?.epoch !== undefined && after.epoch !== this.#epoch) return { ...head, events: [], through: 0 }
    if (after && this.#contradicts(after)) return { ...head, events: [], through: 0, rewound: true }
    const start = Math.max((after?.seq ?? 0) + 1, head.oldest)
    const end = Math.max(0, Math.min(head.head, (before ?? Number.POSITIVE_INFINITY) - 1))
    const { events, through } = last
      ? { events: this.#newest(start, end, limit), through: end }
      : this.#next(start, end, limit)
    return { ...head, events, through, ...optional('throughMark', this.#markAt(through)) }
  }

  /** @returns Whether there was such an event. */
  erase(seq: number): boolean {
    const slot = this.#slots.get(seq)
    if (!slot || 'erased' in slot) return false
    this.#slots.replace(seq, { erased: true, id: slot.id, time: slot.time })
    return true
  }

  dump(): TopicDump {
    return {
      topic: this.#topic,
      epoch: this.#epoch,
      oldest: this.#slots.first,
      ...optional('trimmedMark', this.#trimmedMark),
      sealed: this.#sealed,
      slots: this.#slots.toArray(),
      remembered: this.#memory.toArray(),
    }
  }

  #write({ draft, json }: ParsedDraft, time: number): WireEvent {
    const { id, type, ...rest } = draft
    const event = { id, topic: this.#topic, seq: this.#slots.end, epoch: this.#epoch, type, time, ...rest }
    noteText(event, encodeEvent(event, json))
    this.#slots.push(Object.freeze(event))
    if (rest.final) this.#sealed = true
    return event
  }

  #appended({ id, seq }: Remembered, duplicate: boolean): Appended {
    return { position: { epoch: this.#epoch, seq, mark: markOf(id) }, duplicate }
  }

  #next(start: number, end: number, limit: number): { events: WireEvent[]; through: number } {
    const events: WireEvent[] = []
    for (let seq = start; seq <= end; seq++) {
      const slot = this.#slots.get(seq)
      if (!slot || 'erased' in slot) continue
      if (events.length === limit) return { events, through: seq - 1 }
      events.push(slot)
    }
    return { events, through: end }
  }

  #newest(start: number, end: number, limit: number): WireEvent[] {
    const events: WireEvent[] = []
    for (let seq = end; seq >= start && events.length < limit; seq--) {
      const slot = this.#slots.get(seq)
      if (slot && !('erased' in slot)) events.push(slot)
    }
    return events.reverse()
  }

  #contradicts(after: Position): boolean {
    const mark = this.#markAt(after.seq)
    return mark !== undefined && after.mark !== undefined && mark !== after.mark
  }

  #markAt(seq: number): string | undefined {
    if (seq === this.#slots.first - 1) return this.#trimmedMark
    const slot = this.#slots.get(seq)
    return slot && markOf(slot.id)
  }
}

function remember({ id, key }: Draft, scope: string, seq: number, time: number): Remembered {
  return key === undefined ? { scope, id, seq, time } : { scope, id, key, seq, time }
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V }
}
