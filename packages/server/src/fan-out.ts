import { Feed, type FeedOptions, type FeedReader } from './feed.ts'

/** How long a topic is still followed after its last reader left: a reconnecting client finds it warm. */
const lingerMs = 5000
const auditsAtOnce = 8

interface Entry {
  readonly number: number
  readonly feed: Feed
  readonly opened: Promise<void>
  /** Readers that joined or are about to. */
  users: number
  cancelClose: (() => void) | undefined
}

/** One feed per topic, however many readers it has. */
export class FanOut {
  readonly #options: FeedOptions
  readonly #entries = new Map<string, Entry>()
  #opened = 0
  /** Nobody is there, and nobody is waited for. */
  #idle = false

  constructor(options: FeedOptions) {
    this.#options = options
  }

  get topics(): number {
    return this.#entries.size
  }

  /** Resolves once everything that is appended from now on reaches the reader, unless it is read from the log. */
  async join(topic: string, reader: FeedReader): Promise<Feed> {
    const entry = this.#entries.get(topic) ?? this.#open(topic)
    this.#idle = false
    entry.users++
    entry.cancelClose?.()
    entry.cancelClose = undefined
    try {
      await entry.opened
    } catch (thrown) {
      this.#release(topic, entry)
      throw thrown
    }
    entry.feed.readers.add(reader)
    return entry.feed
  }

  leave(topic: string, reader: FeedReader): void {
    const entry = this.#entries.get(topic)
    if (!entry?.feed.readers.delete(reader)) return
    this.#release(topic, entry)
  }

  /** Compares a share of the feeds with the log: `slot` of `slots`. One that hangs takes one place, not all (D7). */
  async audit(slot: number, slots: number): Promise<void> {
    const due = [...this.#entries.values()].filter(({ users, number }) => users > 0 && number % slots === slot).values()
    const work = async (): Promise<void> => {
      for (const { feed } of due) await feed.audit()
    }
    await Promise.all(Array.from({ length: auditsAtOnce }, work))
  }

  /** Does not wait any longer for readers that may come back. */
  closeIdle(): void {
    this.#idle = true
    for (const [topic, entry] of this.#entries) if (entry.users === 0) this.#remove(topic, entry)
  }

  close(): void {
    for (const { feed, cancelClose } of this.#entries.values()) {
      cancelClose?.()
      feed.close()
    }
    this.#entries.clear()
  }

  #open(topic: string): Entry {
    const feed = new Feed(topic, this.#options)
    const entry: Entry = { number: this.#opened++, feed, opened: feed.open(), users: 0, cancelClose: undefined }
    this.#entries.set(topic, entry)
    entry.opened.catch(() => this.#remove(topic, entry))
    return entry
  }

  #release(topic: string, entry: Entry): void {
    if (--entry.users > 0 || this.#entries.get(topic) !== entry) return
    if (this.#idle) this.#remove(topic, entry)
    else entry.cancelClose = this.#options.clock.after(lingerMs, () => this.#remove(topic, entry))
  }

  #remove(topic: string, entry: Entry): void {
    entry.cancelClose?.()
    entry.feed.close()
    if (this.#entries.get(topic) === entry) this.#entries.delete(topic)
  }
}
