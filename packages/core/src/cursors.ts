import { SteadywireError } from './errors.ts'
import type { Position } from './event.ts'

declare const cursorBrand: unique symbol

/** A position that is kept: opaque text, safe in URLs and headers. */
export type Cursor = string & { readonly [cursorBrand]: true }

/** Where named subscriptions keep their cursors. Every method may fail; the subscriber reports it and goes on. */
export interface CursorStore {
  get(key: string): Promise<string | undefined>
  /** Moves forward only ({@link compareCursors}); `over` replaces whatever is there, after a rewind or a new epoch. */
  advance(key: string, cursor: string, options?: { readonly over?: true }): Promise<void>
  /** Forgets every key that starts with `prefix`. */
  purge(prefix: string): Promise<void>
}

const form = /^(\d{1,16})~([\w.:-]{0,8})~([\w.:-]{0,64})$/

/** The text form of a position: `seq~mark~epoch`. */
export function encodeCursor(position: Position): Cursor {
  return `${position.seq}~${position.mark ?? ''}~${position.epoch ?? ''}` as Cursor
}

/** @throws SteadywireError `invalid_cursor` */
export function decodeCursor(cursor: string): Position {
  const position = parse(cursor)
  if (!position)
    throw new SteadywireError('invalid_cursor', `${JSON.stringify(cursor).slice(0, 100)} is not a cursor`, {
      hint: "Pass a cursor as the library gave it, or one of 'start', 'now', { last: n }.",
    })
  return position
}

function parse(cursor: string): Position | undefined {
  const match = form.exec(cursor)
  const seq = Number(match?.[1])
  if (!match || !Number.isSafeInteger(seq) || (!match[3] && seq > 0)) return undefined
  return { seq, ...(match[3] && { epoch: match[3] }), ...(match[2] && { mark: match[2] }) }
}

/**
 * Negative if `a` is before `b`, 0 at the same place, positive after it; undefined if they can't be compared, being of
 * two epochs. A topic that was not born yet comes before everything.
 */
export function compareCursors(a: string, b: string): number | undefined {
  const [left, right] = [decodeCursor(a), decodeCursor(b)]
  if (left.epoch !== undefined && right.epoch !== undefined && left.epoch !== right.epoch) return undefined
  return left.seq - right.seq
}

/** Keeps cursors for as long as the process lives. */
export function memoryCursors(): CursorStore {
  const cursors = new Map<string, string>()
  return {
    get: async (key) => cursors.get(key),
    async advance(key, cursor, options) {
      if (advances(cursors.get(key), cursor, options?.over)) cursors.set(key, cursor)
    },
    async purge(prefix) {
      for (const key of [...cursors.keys()]) if (key.startsWith(prefix)) cursors.delete(key)
    },
  }
}

/** Whether a store that holds `stored` takes `next`: forward only, unless told `over` or what it holds is no cursor. */
export function advances(stored: string | undefined, next: string, over: true | undefined): boolean {
  if (stored === undefined || over || !parse(stored)) return true
  const order = compareCursors(next, stored)
  return order !== undefined && order > 0
}
