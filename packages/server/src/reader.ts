import { isSkip, type Position, type WireError, type WireEvent } from '@steadywire/core'
import { maxBatchBytes, maxBatchItems } from './batches.ts'
import { Batch } from './encode.ts'
import type { Feed, FeedReader } from './feed.ts'
import type { Peer } from './gateway-contract.ts'
import { contradicts, hideItems, hidesEnd, stretchOf } from './items.ts'
import type { EventLog } from './log.ts'
import { cutPage } from './pages.ts'

/** What a reader needs of its session. */
export interface ReaderHost {
  readonly peer: Peer
  readonly log: EventLog
  readonly maxBufferedBytes: number
  /** Absent if this client sees every event. */
  readonly visible: ((event: WireEvent) => boolean) | undefined
  /** Speaks to the peer, whatever that throws. */
  tell(speak: () => void): void
  count(delivered: number, bytes: number): void
  fellBack(topic: string): void
}

/**
 * One client's topic: passes live batches on, and while the client is slow reads the log for it instead, page by page,
 * so that nothing queues up and nothing is lost (D8).
 */
export class Reader implements FeedReader {
  readonly topic: string
  readonly #host: ReaderHost
  /** Resolves when the reader gets the live feed. */
  joined: Promise<void> | undefined
  /** Attaches that wait for their page, and whether one ever got it. */
  pending = 0
  confirmed = false
  #feed: Feed | undefined
  /** What a slow client was sent last; undefined while it is live. */
  #behind: Position | undefined
  #ended: WireError | undefined

  constructor(topic: string, host: ReaderHost) {
    this.topic = topic
    this.#host = host
  }

  /** Why it ended, if it did. */
  get ended(): WireError | undefined {
    return this.#ended
  }

  /** Where this client is, for its heartbeat; undefined until it joined. */
  get at(): Position | undefined {
    return this.#behind ?? this.#feed?.told
  }

  start(feed: Feed): void {
    this.#feed = feed
  }

  end(why: WireError): void {
    this.#ended ??= why
  }

  items(batch: Batch, before: Position): void {
    if (this.#ended || this.#behind) return
    this.#host.tell(() => {
      if (this.#host.peer.bufferedBytes > this.#host.maxBufferedBytes) this.#fallBack(before)
      else this.#send(batch)
    })
  }

  verify(): void {
    if (!this.#ended) this.#host.tell(() => this.#host.peer.verify(this.topic))
  }

  #send(batch: Batch): void {
    const { visible, peer } = this.#host
    const items = visible ? hideItems(batch.items, visible) : batch.items
    const shown = items === batch.items ? batch : new Batch(batch.topic, batch.epoch, batch.prev, items)
    this.#host.count(items.length, shown.bytes)
    peer.items(shown)
    const [last, end] = [batch.items.at(-1), items.at(-1)]
    if (last && !isSkip(last) && last.final && end && isSkip(end)) this.verify()
  }

  #fallBack(to: Position): void {
    this.#behind = to
    this.#host.fellBack(this.topic)
    void this.#readOn()
  }

  /** Whatever can't be made good here, the client is told to find out by itself. */
  async #readOn(): Promise<void> {
    try {
      while (this.#behind && !this.#ended) await this.#readPage(this.#behind)
    } catch {
      this.#behind = undefined
      this.verify()
    }
  }

  async #readPage(after: Position): Promise<void> {
    const { peer, log, maxBufferedBytes } = this.#host
    if (peer.bufferedBytes > maxBufferedBytes) await peer.drained()
    if (this.#ended) return
    const range = { after, limit: maxBatchItems }
    const answer = cutPage(await log.read(this.topic, range), Math.min(maxBufferedBytes, maxBatchBytes))
    if (this.#ended) return
    const stretch = contradicts(after, answer) ? undefined : stretchOf(after, answer)
    const end = stretch?.items.at(-1)
    if (stretch && end) this.#send(new Batch(this.topic, end.epoch, stretch.from.mark, stretch.items))
    const told = this.#feed?.told
    const arrived = stretch && stretch.to.epoch === told?.epoch && stretch.to.seq >= (told?.seq ?? 0)
    this.#behind = stretch && !arrived && end ? stretch.to : undefined
    const unseen = stretch && hidesEnd(stretch, answer)
    if (unseen || (!this.#behind && !arrived)) this.verify()
  }
}
