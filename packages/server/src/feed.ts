import {
  type BackoffRules,
  backoffDelay,
  type Clock,
  markOf,
  type Page,
  type Position,
  type Random,
  type WireEvent,
  type WireItem,
} from '@steadywire/core'
import { batchesOf } from './batches.ts'
import { Batch } from './encode.ts'
import { contradicts, endOf, headOf, hidesEnd, position, stretchOf } from './items.ts'
import type { EventLog } from './log.ts'

/** What a feed speaks to: one client's topic. No method throws. */
export interface FeedReader {
  /** `before`: the position before the batch. */
  items(batch: Batch, before: Position): void
  verify(): void
}

export interface FeedOptions {
  readonly log: EventLog
  readonly clock: Clock
  readonly random: Random
  /** Calls `flush` soon, once for all that came in meanwhile. */
  readonly gather: (flush: () => void) => void
  /** The tail was lost, or the log could not be read. */
  readonly failed: (topic: string, thrown: unknown, lost: boolean) => void
}

const page = 500
const retries: BackoffRules = {
  delaysMs: [250, 500, 1000, 2000, 5000],
  maxAttempts: Number.POSITIVE_INFINITY,
  jitter: true,
}

/**
 * Follows one topic for any number of readers: one tail, and one reading of the log for all of them. What the tail says
 * is passed on while it is contiguous; whatever is not, is read from the log.
 */
export class Feed {
  readonly topic: string
  readonly readers = new Set<FeedReader>()
  readonly #options: FeedOptions
  /** What every live reader was told; undefined until the head was read. */
  #told: Position | undefined
  /** `#told`, and what is gathered to be told. */
  #taken: Position | undefined
  #gathered: WireItem[] = []
  /** The highest seq that the tail spoke of. */
  #heard = 0
  #reading = false
  #readAgain = false
  #generation = 0
  #failures = 0
  #closed = false
  #stopTail: (() => Promise<void>) | undefined
  /** The generation of the tail that is about to be confirmed. */
  #following = 0
  #cancelRetry: (() => void) | undefined

  constructor(topic: string, options: FeedOptions) {
    this.topic = topic
    this.#options = options
  }

  /** Where live readers are. */
  get told(): Position {
    return this.#told ?? { seq: 0 }
  }

  /** Resolves when the tail is confirmed and the head is known. Called once. */
  async open(): Promise<void> {
    await this.#follow()
    const head = await this.#options.log.read(this.topic, { limit: 1, last: true })
    this.#told = this.#taken = headOf(head)
    if (this.#heard > head.head || this.#readAgain) void this.catchUp()
  }

  close(): void {
    this.#closed = true
    this.#generation++
    this.#cancelRetry?.()
    this.#endTail()
  }

  /** Compares with the log, unless a retry is going to. */
  async audit(): Promise<void> {
    if (!this.#cancelRetry) await this.catchUp()
  }

  /** Reads what the log has beyond what was taken: after a hole or a lost tail, and as an audit. */
  async catchUp(): Promise<void> {
    if (!this.#taken || this.#closed) return
    this.#readAgain = true
    if (this.#reading) return
    this.#reading = true
    try {
      while (this.#readAgain && !this.#closed) {
        this.#readAgain = false
        const after = this.#taken
        const answer = await this.#options.log.read(this.topic, { after, limit: page })
        if (!this.#closed) this.#readAgain ||= this.#takePage(after, answer)
      }
    } catch (thrown) {
      this.#readAgain = false
      this.#failed(thrown)
    } finally {
      this.#reading = false
    }
    if (this.#heard <= this.#taken.seq) return
    if (this.#failures < retries.delaysMs.length) this.#retry()
    else this.#heard = this.#taken.seq
  }

  // --- the tail ---

  async #follow(): Promise<void> {
    const generation = ++this.#generation
    const current = () => generation === this.#generation
    this.#following = generation
    try {
      const stop = await this.#options.log.tail(this.topic, {
        wake: (events) => current() && this.#wake(events),
        lost: (error) => current() && this.#lost(error),
      })
      if (current()) this.#stopTail = stop
      else void stop().catch(() => {})
    } finally {
      if (this.#following === generation) this.#following = 0
    }
  }

  #endTail(): void {
    void this.#stopTail?.().catch(() => {})
    this.#stopTail = undefined
  }

  #lost(error: unknown): void {
    this.#generation++
    this.#endTail()
    this.#options.failed(this.topic, error, true)
    if (this.#failures === 0) {
      this.#failures++
      void this.#refollow()
    } else this.#retry()
  }

  async #refollow(): Promise<void> {
    try {
      if (!this.#stopTail && this.#following !== this.#generation) await this.#follow()
    } catch (thrown) {
      this.#failed(thrown)
    }
    await this.catchUp()
  }

  #failed(thrown: unknown): void {
    if (this.#closed) return
    this.#options.failed(this.topic, thrown, false)
    this.#retry()
  }

  /** While the tail is down, each try also reads: readers go on, in steps. */
  #retry(): void {
    if (this.#cancelRetry || this.#closed) return
    const delay = backoffDelay(retries, ++this.#failures, this.#options.random())
    this.#cancelRetry = this.#options.clock.after(delay, () => {
      this.#cancelRetry = undefined
      void this.#refollow()
    })
  }

  #wake(events: readonly WireEvent[]): void {
    for (const event of events) this.#heard = Math.max(this.#heard, event.seq)
    if (!this.#taken) this.#readAgain ||= events.length === 0
    else if (events.length === 0 || !this.#takeWoken(events, this.#taken)) void this.catchUp()
    else this.#failures = 0
  }

  /** @returns Whether the events fitted. */
  #takeWoken(events: readonly WireEvent[], taken: Position): boolean {
    let { epoch, seq, mark } = taken
    const fresh: WireItem[] = []
    for (const event of events) {
      const sameLog = epoch === undefined || event.epoch === epoch
      if (sameLog && event.seq === seq && markOf(event.id) === mark) continue
      if (!sameLog || event.seq !== seq + 1) {
        if (!sameLog) this.#heard = seq
        this.#take(fresh, position(epoch, seq, mark))
        return false
      }
      fresh.push(event)
      epoch = event.epoch
      seq = event.seq
      mark = markOf(event.id)
    }
    this.#take(fresh, position(epoch, seq, mark))
    return true
  }

  // --- the log ---

  /** @returns Whether there is more to read. */
  #takePage(after: Position, answer: Page): boolean {
    if (contradicts(after, answer)) {
      this.#gathered = []
      this.#told = this.#taken = headOf(answer)
      this.#heard = answer.head
      this.#verify()
      return false
    }
    const taken = this.#taken ?? after
    const stretch = taken.seq <= answer.through ? stretchOf(taken, answer) : undefined
    if (!stretch) return false
    const trimmed = stretch.from.seq > taken.seq
    if (trimmed) {
      this.#flush()
      this.#told = stretch.from
    }
    this.#take(stretch.items, stretch.to)
    const endsUnseen = hidesEnd(stretch, answer)
    if (endsUnseen) this.#flush()
    if (trimmed || endsUnseen) this.#verify()
    return answer.through < answer.head && stretch.to.seq > taken.seq
  }

  // --- the readers ---

  #take(items: readonly WireItem[], to: Position): void {
    this.#taken = to
    if (items.length === 0) {
      if (this.#gathered.length === 0) this.#told = to
      return
    }
    if (this.#gathered.length === 0) this.#options.gather(() => this.#flush())
    for (const item of items) this.#gathered.push(item)
  }

  #flush(): void {
    const items = this.#gathered
    this.#gathered = []
    for (const part of batchesOf(items)) if (!this.#closed) this.#tell(part)
  }

  #tell(items: readonly WireItem[]): void {
    const [first, last] = [items[0], items.at(-1)]
    if (!first || !last) return
    const before = this.told
    this.#told = endOf(last)
    const batch = new Batch(this.topic, first.epoch, before.mark, items)
    for (const reader of this.readers) reader.items(batch, before)
  }

  #verify(): void {
    for (const reader of this.readers) reader.verify()
  }
}
