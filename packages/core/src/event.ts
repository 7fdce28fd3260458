/**
 * Where an event stands in its topic: `seq` counts 1, 2, 3 … without holes, `epoch` names the log that counts.
 * A position without an epoch belongs to a topic that was not born yet (`seq` is 0 then).
 */
export interface Position {
  readonly epoch?: string
  readonly seq: number
  /** The {@link markOf mark} of the event at `seq`, where it is known: it tells a log that was taken back in time. */
  readonly mark?: string
}

/** What an event is about, for signals: "job 42 changed". Without an `id` it is about all entities of the type. */
export interface Entity {
  readonly type: string
  readonly id?: string
}

/** What an event carries before a log has placed it. */
export interface Draft {
  /** Unique, 1 to 128 characters of `A-Z a-z 0-9 _ . : -`; the log answers a repeated id with the first position. */
  readonly id: string
  readonly type: string
  /** A JSON value; absent only together with `truncated`. */
  readonly data?: unknown
  /** Names the change: a second event with the same key, producer and topic is not made (guarantee E2). */
  readonly key?: string
  readonly entity?: Entity
  /** Who caused it. */
  readonly actor?: string
  /** The data was over the family's cap and was left out (guarantee E5). */
  readonly truncated?: true
  /** The topic ends with this event: nothing can be appended after it (guarantee D9). */
  readonly final?: true
}

/** An event as a log keeps it and a wire carries it: its data is not validated yet. */
export interface WireEvent extends Draft {
  readonly topic: string
  readonly seq: number
  readonly epoch: string
  /** When the log placed it: milliseconds since 1970, by the log's clock. */
  readonly time: number
}

/** "These seqs, both ends included, are not for you": keeps a filtered live stream free of false holes. */
export interface Skip {
  readonly epoch: string
  readonly skip: readonly [from: number, to: number]
  /** The mark of the event at the end of the skip. */
  readonly mark?: string
}

/** One thing that a live feed says. `prev` is the mark of the event at the seq before it, where the wire knows it. */
export type WireItem = (WireEvent | Skip) & { readonly prev?: string }

export function isSkip(item: WireItem): item is Skip & { readonly prev?: string } {
  return 'skip' in item
}

/** Where a log put a draft. */
export interface Appended {
  readonly position: Position
  /** True if the log had the event already (same id, or same key): `position` is then the first one's. */
  readonly duplicate: boolean
}

/**
 * The mark of an event: the last 8 characters of its id. Two logs that have different marks at one seq hold different
 * events there; SQL and Lua compute the same value.
 */
export function markOf(id: string): string {
  return id.slice(-8)
}

export function positionOf(event: Pick<WireEvent, 'epoch' | 'seq' | 'id'>): Position {
  return { epoch: event.epoch, seq: event.seq, mark: markOf(event.id) }
}
