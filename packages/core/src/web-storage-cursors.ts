import { advances, type CursorStore, decodeCursor } from './cursors.ts'
import { messageOf, SteadywireError } from './errors.ts'

/** What is needed of `sessionStorage` or `localStorage`. */
export interface StorageLike {
  readonly length: number
  key(index: number): string | null
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

declare const sessionStorage: StorageLike

/**
 * Keeps cursors in the browser: by default in `sessionStorage`, so for each tab and as long as it lives. With
 * `localStorage` they are shared by all tabs and outlive them; a cursor still moves forward only.
 *
 * Rejects with `cursor_store_failed` where storage is blocked, full or holds something else.
 */
export function webStorageCursors(
  options: { readonly storage?: StorageLike; readonly prefix?: string } = {},
): CursorStore {
  const prefix = options.prefix ?? 'steadywire:'
  // Blocked storage throws when it is touched, so it is touched late.
  const use = async <T>(work: (storage: StorageLike) => T): Promise<T> => {
    try {
      return work(options.storage ?? sessionStorage)
    } catch (cause) {
      throw new SteadywireError('cursor_store_failed', `Web storage failed: ${messageOf(cause)}`, {
        cause,
        hint: 'Storage may be blocked or full; without it, subscriptions start at `from` after a reload.',
      })
    }
  }
  return {
    get: (key) =>
      use((storage) => {
        const cursor = storage.getItem(prefix + key) ?? undefined
        if (cursor !== undefined) decodeCursor(cursor)
        return cursor
      }),
    advance: (key, cursor, how) =>
      use((storage) => {
        const stored = storage.getItem(prefix + key) ?? undefined
        if (advances(readable(stored), cursor, how?.over)) storage.setItem(prefix + key, cursor)
      }),
    purge: (start) =>
      use((storage) => {
        const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index))
        for (const key of keys) if (key?.startsWith(prefix + start)) storage.removeItem(key)
      }),
  }
}

/** Something else than a cursor is overwritten. */
function readable(stored: string | undefined): string | undefined {
  try {
    if (stored !== undefined) decodeCursor(stored)
    return stored
  } catch {
    return undefined
  }
}
