import { type Cursor, decodeCursor, systemClock, withDeadline } from '@steadywire/core'

/** What is needed of `localStorage`, AsyncStorage or MMKV. */
export interface KeyValueStorage {
  getItem(key: string): string | null | undefined | Promise<string | null | undefined>
  setItem(key: string, value: string): unknown
  removeItem(key: string): unknown
}

export interface Persist<State> {
  readonly storage: KeyValueStorage
  /** Where; the subject of the identity is added. */
  readonly key: string
  /** How often at most it is written, ms. Default 1,000. */
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
  /** Writes what is not yet written, or forgets it all, and takes no more. */
  stop(purge: boolean): void
}

const restoreDeadlineMs = 5000

/** Keeps state and cursor together, in one entry, so that they agree whatever happens in between. */
export function createKeeper<State>(
  { storage, key, everyMs = 1000, parse }: Persist<State>,
  subject: string | undefined,
  current: () => Saved<State> | undefined,
): Keeper<State> {
  const name = `steadywire:live:${encodeURIComponent(subject ?? '')}/${key}`
  let cancel: (() => void) | undefined
  let stopped = false

  function write(): void {
    cancel = undefined
    const saved = current()
    // A storage that is full or blocked costs the next start some reading, and nothing else.
    if (saved) void attempt(() => storage.setItem(name, JSON.stringify(saved)))
  }

  return {
    async restore() {
      // One that hangs must not keep the stream away.
      const text = await attempt(async () =>
        withDeadline(systemClock, restoreDeadlineMs, 'Reading a state', Promise.resolve(storage.getItem(name))),
      )
      try {
        const { state, cursor } = JSON.parse(text ?? '')
        decodeCursor(cursor)
        return { state: parse ? parse(state) : state, cursor }
      } catch {
        return undefined
      }
    },
    note() {
      if (!stopped) cancel ??= systemClock.after(everyMs, write)
    },
    stop(purge) {
      stopped = true
      cancel?.()
      if (purge) void attempt(() => storage.removeItem(name))
      else if (cancel) write()
    },
  }
}

async function attempt<T>(use: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await use()
  } catch {
    return undefined
  }
}
