import {
  type Appended,
  type Draft,
  markOf,
  type Page,
  positionOf,
  type ReadRange,
  type WireEvent,
  wireError,
} from '@steadywire/core'
import type { EventLog, TailListener } from '@steadywire/server'

/** What a reference log knows about one topic: open to the hands of a saboteur. */
export interface TopicState {
  epoch: string
  head: number
  rows: WireEvent[]
  /** The mark of `oldest - 1`. */
  markBelow: string | undefined
  sealed: boolean
  /** `scope id` and `scope key` → where the first one went. */
  ids: Map<string, Remembered>
}

interface Remembered {
  readonly appended: Appended
  readonly at: number
}

export interface ReferenceLog extends EventLog {
  /** Removes what is at or below `seq`. */
  trim(topic: string, seq: number): void
  /** Takes the topic back to `seq`, under the same epoch. */
  rewind(topic: string, seq: number): void
  /** Loses everything: topics are born again under other epochs. */
  recreate(): void
  /** Every tail is lost. */
  breakTails(): void
  state(topic: string): TopicState | undefined
  topics(): string[]
  listeners(topic: string): TailListener[]
  /** How many tails are open. */
  readonly tails: number
  /** Run before and after the moment of each read: what happens around a snapshot. */
  beforeRead: ((topic: string) => Promise<void>) | undefined
  afterRead: ((topic: string) => Promise<void>) | undefined
}

const keyWindowMs = 600_000

/** The log contract in the plainest code that keeps it: arrays in memory. The suites and saboteurs are built on it. */
export function createReferenceLog(): ReferenceLog {
  const topics = new Map<string, TopicState>()
  const tails = new Map<string, Set<TailListener>>()

  const log: ReferenceLog = {
    beforeRead: undefined,
    afterRead: undefined,
    keyWindowMs,
    async append(topic, drafts, by = { scope: '' }) {
      if (drafts.length > 1000) throw wireError('refused', 'too_large', `${drafts.length} drafts in one batch`)
      const born = topics.get(topic)
      const state: TopicState = born ?? {
        epoch: crypto.randomUUID(),
        head: 0,
        rows: [],
        markBelow: undefined,
        sealed: false,
        ids: new Map(),
      }
      const remembered = new Map([...state.ids].filter(([, { at }]) => Date.now() - at <= keyWindowMs))
      const rows: WireEvent[] = []
      const answers: Appended[] = []
      let sealed = state.sealed
      for (const draft of drafts) {
        const names = namesOf(draft, by.scope)
        const known = names.map((name) => remembered.get(name)).find((found) => found !== undefined)
        if (known) {
          answers.push({ ...known.appended, duplicate: true })
          continue
        }
        if (sealed) throw wireError('refused', 'sealed', `${topic} has ended`, { topic })
        const row: WireEvent = {
          ...structuredClone(draft),
          topic,
          seq: state.head + rows.length + 1,
          epoch: state.epoch,
          time: Date.now(),
        }
        const appended = { position: positionOf(row), duplicate: false }
        for (const name of names) remembered.set(name, { appended, at: Date.now() })
        rows.push(row)
        answers.push(appended)
        sealed = row.final === true
      }
      if (rows.length > 0) {
        state.rows.push(...rows)
        state.head += rows.length
        state.sealed = sealed
        state.ids = remembered
        topics.set(topic, state)
        for (const listener of [...(tails.get(topic) ?? [])]) wake(listener, rows)
      }
      return answers
    },
    async read(topic, range) {
      await log.beforeRead?.(topic)
      const state = topics.get(topic)
      const page = state ? pageOf(state, range) : { oldest: 1, head: 0, through: 0, events: [] }
      await log.afterRead?.(topic)
      return page
    },
    async tail(topic, on) {
      const listeners = tails.get(topic) ?? new Set()
      tails.set(topic, listeners)
      const listener: TailListener = { ...on }
      listeners.add(listener)
      return async () => void listeners.delete(listener)
    },
    trim(topic, seq) {
      const state = topics.get(topic)
      if (!state) return
      const last = state.rows.findLast((row) => row.seq <= seq)
      if (!last) return
      state.markBelow = markOf(last.id)
      state.rows = state.rows.filter((row) => row.seq > seq)
    },
    rewind(topic, seq) {
      const state = topics.get(topic)
      if (!state) return
      state.rows = state.rows.filter((row) => row.seq <= seq)
      state.head = seq
      state.sealed = false
      state.ids = new Map([...state.ids].filter(([, { appended }]) => appended.position.seq <= seq))
    },
    recreate: () => topics.clear(),
    breakTails() {
      const lost = [...tails.values()].flatMap((listeners) => [...listeners])
      tails.clear()
      for (const listener of lost) listener.lost(wireError('retry', 'unavailable', 'the tail was lost'))
    },
    state: (topic) => topics.get(topic),
    topics: () => [...topics.keys()],
    listeners: (topic) => [...(tails.get(topic) ?? [])],
    get tails() {
      return [...tails.values()].reduce((sum, listeners) => sum + listeners.size, 0)
    },
  }
  return log
}

function wake(listener: TailListener, rows: readonly WireEvent[]): void {
  try {
    listener.wake(rows)
  } catch {
    // A listener's bug is its own: the append stands.
  }
}

function namesOf(draft: Draft, scope: string): string[] {
  return [`${scope} id ${draft.id}`, ...(draft.key === undefined ? [] : [`${scope} key ${draft.key}`])]
}

/** One snapshot of a range: everything below is computed from the same rows. */
export function pageOf(state: TopicState, { after, limit, before = Infinity, last }: ReadRange): Page {
  const { epoch, head, rows } = state
  const oldest = rows[0]?.seq ?? head + 1
  const markAt = (seq: number): string | undefined => {
    const row = rows[seq - oldest]
    return row ? markOf(row.id) : seq === oldest - 1 ? state.markBelow : undefined
  }
  const mark = markAt(head)
  const ends = { epoch, oldest, head, ...(mark !== undefined && { mark }), ...(state.sealed && { sealed: true }) }
  const nothing = { ...ends, events: [], through: Math.min(after?.seq ?? 0, head) }
  if (after?.epoch !== undefined && after.epoch !== epoch) return { ...nothing, through: 0 }
  const own = after === undefined ? undefined : markAt(after.seq)
  if (after?.mark !== undefined && own !== undefined && own !== after.mark) return { ...nothing, rewound: true }
  const matching = rows.filter((row) => row.seq > (after?.seq ?? 0) && row.seq < before)
  const events = last ? matching.slice(-limit) : matching.slice(0, limit)
  const cut = !last && events.length < matching.length
  const end = Math.min(head, before - 1)
  const through = cut ? (events.at(-1)?.seq ?? nothing.through) : Math.max(end, nothing.through)
  const throughMark = markAt(through)
  return { ...ends, events, through, ...(throughMark !== undefined && { throughMark }) }
}
