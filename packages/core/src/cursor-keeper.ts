import type { Clock } from './clock.ts'
import { type Cursor, type CursorStore, encodeCursor } from './cursors.ts'
import { withDeadline } from './deadline.ts'
import { SteadywireError } from './errors.ts'
import type { Position } from './event.ts'

/** Writes one subscription's cursor to its store: one write at a time, always the newest, and only what was delivered. */
export interface CursorKeeper {
  /** `over`: the log is another one now, so the stored cursor is replaced whatever it says. */
  note(position: Position, over?: boolean): void
  /** Resolves when what was noted is written, or given up. */
  written(): Promise<void>
}

/** @param deadlineMs A write that takes longer counts as failed: a store that hangs must not stop all later ones. */
export function createCursorKeeper(
  store: CursorStore,
  key: string,
  clock: Clock,
  deadlineMs: number,
  report: (error: SteadywireError) => void,
): CursorKeeper {
  let next: Cursor | undefined
  let writing: Promise<void> | undefined
  let replace = false

  async function write(): Promise<void> {
    for (let cursor = next; cursor !== undefined; cursor = next) {
      next = undefined
      const over = replace
      replace = false
      try {
        const advanced = store.advance(key, cursor, ...(over ? [{ over } as const] : []))
        await withDeadline(clock, deadlineMs, 'Storing a cursor', advanced)
      } catch (cause) {
        replace ||= over
        report(cursorStoreFailed(key, cause))
      }
    }
    writing = undefined
  }

  return {
    note(position, over) {
      next = encodeCursor(position)
      if (over) replace = true
      writing ??= write()
    },
    written: () => writing ?? Promise.resolve(),
  }
}

export function cursorStoreFailed(key: string, cause: unknown): SteadywireError {
  return new SteadywireError('cursor_store_failed', `The cursor store failed for ${key}`, {
    cause,
    hint: 'Delivery goes on; after a restart, events since the last stored cursor may come again.',
  })
}
