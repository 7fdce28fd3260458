import { type Cursor, type CursorStore, encodeCursor } from './cursors.ts'
import { SteadywireError } from './errors.ts'
import type { Position } from './event.ts'

/** Writes one subscription's cursor to its store: one write at a time, always the newest, and only what was delivered. */
export interface CursorKeeper {
  /** `over`: the log is another one now, so the stored cursor is replaced whatever it says. */
  note(position: Position, over?: boolean): void
}

export function createCursorKeeper(
  store: CursorStore,
  key: string,
  report: (error: SteadywireError) => void,
): CursorKeeper {
  let next: Cursor | undefined
  let writing = false
  let replace = false

  async function write(): Promise<void> {
    writing = true
    for (let cursor = next; cursor !== undefined; cursor = next) {
      next = undefined
      const over = replace
      replace = false
      try {
        await store.advance(key, cursor, ...(over ? [{ over } as const] : []))
      } catch (cause) {
        replace ||= over
        report(cursorStoreFailed(key, cause))
      }
    }
    writing = false
  }

  return {
    note(position, over) {
      next = encodeCursor(position)
      if (over) replace = true
      if (!writing) void write()
    },
  }
}

export function cursorStoreFailed(key: string, cause: unknown): SteadywireError {
  return new SteadywireError('cursor_store_failed', `The cursor store failed for ${key}`, {
    cause,
    hint: 'Delivery goes on; after a restart, events since the last stored cursor may come again.',
  })
}
