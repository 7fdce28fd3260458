import { type Clock, type CursorStore, decodeCursor, messageOf, SteadywireError, systemClock } from '@steadywire/core'
import type { KeyValueStorage } from '@steadywire/react'
import { listedIn, toldBy } from './key-list.ts'
import type { AppStateLike } from './ports.ts'
import { StoredCursor } from './stored-cursor.ts'

/** What is needed of AsyncStorage, or of MMKV with its methods under these names: answers may be promises. */
export interface CursorStorage extends KeyValueStorage {
  /** Without it the keys are listed in an entry of their own. */
  getAllKeys?(): readonly string[] | Promise<readonly string[]>
}

export interface NativeCursorsOptions {
  readonly storage: CursorStorage
  /**
   * `AppState` of react-native: what waits is written when the app goes to the background, and there everything at once, since timers
   * stand still and the app may end without a word.
   */
  readonly appState?: AppStateLike
  /** Stands before every key. Default `steadywire:cursor:`. */
  readonly prefix?: string
  /** How often at most a cursor is written while the app is in front, ms. Default 1,000. */
  readonly everyMs?: number
  readonly clock?: Clock
}

/** A cursor store that writes in a rhythm. */
export interface NativeCursors extends CursorStore {
  /** Writes what waits, now. */
  flush(): Promise<void>
}

/**
 * Keeps cursors on the phone: named subscriptions go on where they were when the app was last open. They are written in a rhythm, since a
 * stream may bring many events a second; what was delivered in the last `everyMs` before a crash comes once more.
 *
 * `advance` resolves when it took the cursor. A write that fails is told by the `advance` or `flush` that follows it; every
 * method rejects with `cursor_store_failed`.
 *
 * @example
 * createSubscriber({ transport, cursors: nativeCursors({ storage: AsyncStorage, appState: AppState }) })
 */
export function nativeCursors(options: NativeCursorsOptions): NativeCursors {
  const { storage, appState, prefix = 'steadywire:cursor:', everyMs = 1000, clock = systemClock } = options
  const keys = storage.getAllKeys ? toldBy(storage.getAllKeys.bind(storage)) : listedIn(storage, `${prefix}keys`)
  const home = { storage, keys, clock, everyMs, written }
  const cursors = new Map<string, StoredCursor>()
  let failure: unknown
  let listening: { remove(): void } | undefined

  function cursorAt(key: string): StoredCursor {
    const cursor = cursors.get(key) ?? new StoredCursor(home, prefix + key)
    cursors.set(key, cursor)
    return cursor
  }

  function written(failed: unknown): void {
    failure ??= failed
    stopListening()
  }

  /** Listens only while something waits: nobody tells a store that it is not needed any more. */
  function stopListening(): void {
    if ([...cursors.values()].some(({ waits }) => waits)) return
    listening?.remove()
    listening = undefined
  }

  function listen(): void {
    listening ??= appState?.addEventListener('change', (state) => {
      if (state === 'background') void writeAll()
    })
  }

  async function writeAll(): Promise<void> {
    await Promise.all([...cursors.values()].map((cursor) => (cursor.waits ? cursor.write() : undefined)))
  }

  function tellFailure(): void {
    const cause = failure
    failure = undefined
    if (cause !== undefined) throw cause
  }

  return {
    get: (key) =>
      attempt(async () => {
        const cursor = await cursorAt(key).read()
        if (cursor !== undefined) decodeCursor(cursor)
        return cursor
      }),
    advance: (key, cursor, how) =>
      attempt(async () => {
        cursorAt(key).take(cursor, how?.over, appState?.currentState === 'background')
        listen()
        tellFailure()
      }),
    purge: (start) =>
      attempt(async () => {
        const mine = [...cursors].filter(([key]) => key.startsWith(start))
        await Promise.all(mine.map(([, cursor]) => cursor.drop()))
        stopListening()
        const gone = (await keys.all()).filter((key) => key.startsWith(prefix + start))
        await Promise.all(gone.map((key) => storage.removeItem(key)))
        await keys.remove(gone)
      }),
    flush: () =>
      attempt(async () => {
        await writeAll()
        tellFailure()
      }),
  }
}

async function attempt<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new SteadywireError('cursor_store_failed', `The phone's storage failed: ${messageOf(cause)}`, {
      cause,
      hint: 'It may be full; without it, subscriptions start at `from` when the app starts again.',
    })
  }
}
