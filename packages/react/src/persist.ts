import { type Cursor, decodeCursor, type Subscriber } from '@steadywire/core'
import { identityChanges } from './identity-changes.ts'
import { keptStates } from './kept-states.ts'

/** What is needed of `localStorage`, AsyncStorage or MMKV. */
export interface KeyValueStorage {
  getItem(key: string): string | null | undefined | Promise<string | null | undefined>
  setItem(key: string, value: string): unknown
  removeItem(key: string): unknown
}

export interface Persist<State> {
  /** The same object each time: what is kept in it is forgotten when its identity is purged. */
  readonly storage: KeyValueStorage
  /** Where; the subject of the identity and the topic are added. */
  readonly key: string
  /** How often at most it is written, ms. Default 1,000. When the app is suspended it is written at once. */
  readonly everyMs?: number
  /** Checks what was stored, perhaps by an older app; what it throws on is forgotten. Default: it is taken as it is. */
  readonly parse?: (stored: unknown) => State
}

/** A state, and up to where events are in it. */
export interface Saved<State> {
  readonly state: State
  readonly cursor: Cursor
}

export interface Keeper<State> {
  restore(): Promise<Saved<State> | undefined>
  /** Something changed: it is written soon. */
  note(): void
  /** Writes what is not yet written, unless it is to be forgotten, and takes no more. */
  stop(purge: boolean): void
}

/** Keeps state and cursor together, in one entry, so that they agree whatever happens in between. */
export function createKeeper<State>(
  subscriber: Subscriber,
  topic: string,
  { storage, key, everyMs = 1000, parse }: Persist<State>,
  current: () => Saved<State> | undefined,
): Keeper<State> {
  const { clock, subject } = subscriber
  const changes = identityChanges(subscriber)
  const kept = keptStates(subscriber, storage)
  const name = `steadywire:live:${encodeURIComponent(subject ?? '')}/${encodeURIComponent(topic)}/${key}`
  let cancel: (() => void) | undefined
  let isNoted = false
  let isWriting = false
  let stopped = false

  async function write(): Promise<void> {
    cancel?.()
    cancel = undefined
    isNoted = false
    const saved = current()
    if (!saved) return
    isWriting = true
    await kept.write(subject, name, saved)
    isWriting = false
    if (isNoted) writeSoon()
  }

  /** Not behind a write that is under way: they would pile up where the storage is slow. */
  function writeSoon(): void {
    if (!stopped && !isWriting) cancel ??= clock.after(everyMs, () => void write())
  }

  const unlisten = subscriber.on('state', ({ state }) => {
    if (state === 'suspended' && isNoted) void write()
  })

  return {
    async restore() {
      // Without a subject nobody can say whose it is.
      if (subject === undefined && changes > 0) return undefined
      // What is to be forgotten of the former identity goes first.
      await Promise.resolve()
      const text = await kept.read(name)
      try {
        const { state, cursor } = JSON.parse(text ?? '')
        decodeCursor(cursor)
        return { state: parse ? parse(state) : state, cursor }
      } catch {
        return undefined
      }
    },
    note() {
      isNoted = true
      writeSoon()
    },
    stop(purge) {
      stopped = true
      unlisten()
      cancel?.()
      const isForgotten = purge || (subject === undefined && identityChanges(subscriber) !== changes)
      if (isNoted && !isForgotten) void write()
    },
  }
}
