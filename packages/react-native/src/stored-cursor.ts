import { advances, type Clock, withDeadline } from '@steadywire/core'
import type { CursorStorage } from './cursors.ts'
import type { KeyList } from './key-list.ts'

/** Where cursors are kept, and how often at most one is written, ms. */
export interface CursorHome {
  readonly storage: CursorStorage
  readonly keys: KeyList
  readonly clock: Clock
  readonly everyMs: number
  /** Called after each write, with what it failed of. */
  written(failure: unknown): void
}

/** A write that takes longer counts as failed, ms: a storage that hangs must not stop all later ones. */
const deadlineMs = 5000

interface Waiting {
  readonly cursor: string
  readonly over: true | undefined
}

/** One cursor and its place in the storage: the newest waits and is written in a rhythm, forward only. */
export class StoredCursor {
  readonly #home: CursorHome
  readonly #key: string
  #waiting: Waiting | undefined
  #writtenAt = Number.NEGATIVE_INFINITY
  #cancel: (() => void) | undefined
  #writing: Promise<void> = Promise.resolve()
  /** Comes after the one that is running: never more than one, however slow the storage is. */
  #queued: Promise<void> | undefined
  /** Counts what was given up: a write that goes on nevertheless must not undo what came after it. */
  #round = 0
  #dropped = false

  constructor(home: CursorHome, key: string) {
    this.#home = home
    this.#key = key
  }

  get waits(): boolean {
    return this.#waiting !== undefined
  }

  /** The newest, whether it was written yet or not. */
  async read(): Promise<string | undefined> {
    return this.#waiting?.cursor ?? (await this.#home.storage.getItem(this.#key)) ?? undefined
  }

  /** @param now Whether it is written at once. */
  take(cursor: string, over: true | undefined, now: boolean): void {
    if (!advances(this.#waiting?.cursor, cursor, over)) return
    this.#waiting = { cursor, over: over ?? this.#waiting?.over }
    this.#dropped = false
    const { clock, everyMs } = this.#home
    const inMs = now ? 0 : this.#writtenAt + everyMs - clock.now()
    if (inMs <= 0) void this.write()
    else this.#cancel ??= clock.after(inMs, () => void this.write())
  }

  /** Writes what waits, now. */
  write(): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    this.#queued ??= this.#writing.then(() => {
      this.#queued = undefined
      this.#writing = this.#write()
      return this.#writing
    })
    return this.#queued
  }

  /** What waits is not written any more; what is being written is waited for, or given up. */
  async drop(): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    this.#waiting = undefined
    this.#dropped = true
    await this.#writing
  }

  async #write(): Promise<void> {
    const next = this.#waiting
    if (!next) return
    const { clock, written } = this.#home
    this.#writtenAt = clock.now()
    let failure: unknown
    try {
      await withDeadline(clock, deadlineMs, 'Writing a cursor', this.#store(next))
      // What failed stays, and goes along with what comes next.
      if (this.#waiting === next) this.#waiting = undefined
    } catch (cause) {
      this.#round += 1
      failure = cause
    }
    written(failure)
  }

  async #store({ cursor, over }: Waiting): Promise<void> {
    const { storage, keys } = this.#home
    const round = this.#round
    const stored = (await storage.getItem(this.#key)) ?? undefined
    await keys.add(this.#key)
    if (round !== this.#round || this.#dropped || !advances(stored, cursor, over)) return
    await storage.setItem(this.#key, cursor)
    if (this.#dropped) await storage.removeItem(this.#key)
  }
}
