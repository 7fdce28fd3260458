import type { Clock } from './clock.ts'
import type { Link } from './connection-driver.ts'
import type { Delivery } from './delivery.ts'
import { toWireError, type WireError } from './errors.ts'
import type { Position, WireEvent, WireItem } from './event.ts'
import type { Feed, FeedOwner } from './feed.ts'
import { ReadAhead } from './read-ahead.ts'
import {
  followOn,
  type Origin,
  type SequencerInput,
  type SequencerOutput,
  type SequencerRules,
  type SequencerState,
  sequence,
  startSequencer,
} from './sequencer.ts'
import type { Attachment, Connection, Head, Page, ReadRange, Sink } from './transport.ts'

/** The same for all subscriptions of a subscriber. */
export interface SequencedFeedRules extends SequencerRules {
  readonly clock: Clock
  readonly pageSize: number
}

type ReadOutput = Extract<SequencerOutput, { readonly kind: 'read' }>

/** A feed with positions: runs what the sequencer asks for. */
export class SequencedFeed implements Feed {
  readonly #owner: FeedOwner
  readonly #delivery: Delivery
  readonly #rules: SequencedFeedRules
  #state: SequencerState
  #attached: Attaching | undefined
  #cancelRead: (() => void) | undefined

  constructor(owner: FeedOwner, from: Origin | Position, delivery: Delivery, rules: SequencedFeedRules) {
    this.#owner = owner
    this.#delivery = delivery
    this.#rules = rules
    this.#state = startSequencer(owner.topic, from)
  }

  get at(): Position | undefined {
    return this.#state.origin ? undefined : this.#state.at
  }

  attach(link: Link): void {
    const { topic } = this.#owner
    const attaching = new Attaching(this, link)
    this.#attached = attaching
    this.#tell({ kind: 'attachStarted' })
    this.#ask(attaching, `Attaching ${topic}`, (connection) =>
      connection.attach(topic, this.at, attaching, attaching.abort.signal),
    )
  }

  detach(): void {
    this.#cancelRead?.()
    this.#cancelRead = undefined
    const attached = this.#attached
    this.#attached = undefined
    attached?.abort.abort()
    this.#tell({ kind: 'detached' })
  }

  roomMade(): void {
    this.#tell({ kind: 'roomMade' })
  }

  verify(): void {
    this.#tell({ kind: 'headHeard' })
  }

  headHeard({ epoch, head, mark }: Head, asked: Position): void {
    const at: Position = { seq: head, ...(epoch !== undefined && { epoch }), ...(mark !== undefined && { mark }) }
    // What came in by the feed while the answer was on its way is no contradiction.
    if (epoch !== this.#state.at.epoch || head >= this.#state.at.seq) this.#tell({ kind: 'headHeard', at })
    else if (head < asked.seq) this.verify()
  }

  // --- what an attach says, as long as it is the current one ---

  itemsReceived(from: Attaching, items: readonly WireItem[]): void {
    if (from !== this.#attached) return
    const [item] = items
    const state = item && items.length === 1 && this.#delivery.idle ? followOn(this.#state, item) : undefined
    if (!state || this.#owner.observed) {
      this.#tell({ kind: 'itemsReceived', items, room: this.#delivery.room })
      return
    }
    this.#state = state
    this.#delivery.hand(item as WireEvent)
  }

  headReceived(from: Attaching, at: Position | undefined): void {
    if (from === this.#attached) this.#tell(at ? { kind: 'headHeard', at } : { kind: 'headHeard' })
  }

  failed(from: Attaching, error: WireError): void {
    if (from !== this.#attached) return
    this.detach()
    this.#owner.failed(error)
  }

  #tell(input: SequencerInput): void {
    const { suspicious } = this.#state
    const attached = this.#attached
    const step = sequence(this.#state, input, this.#rules)
    this.#state = step.state
    const owner = this.#owner
    let agreed = false
    let read: ReadOutput | undefined
    for (const output of step.outputs) {
      switch (output.kind) {
        case 'accept':
          if (owner.observed || output.stage === 'read')
            for (const event of output.events) owner.stage(output.stage, event)
          this.#delivery.push({ kind: 'events', events: output.events })
          break
        case 'repeat':
          owner.stage('repeated', output.event)
          break
        case 'read':
          // What was asked before something spoke against the position does not answer it.
          if (suspicious || (input.kind !== 'pageRead' && input.kind !== 'roomMade')) attached?.ahead?.forget()
          read = output
          break
        case 'doubt':
          owner.doubted()
          break
        case 'agree':
          agreed = true
          break
        case 'verdict':
          this.#delivery.push({ ...output, current: () => attached !== undefined && attached === this.#attached })
          break
        default:
          this.#delivery.push(output)
      }
    }
    if (agreed) owner.agreed(this.#state.tally === undefined)
    this.#delivery.flush()
    // Only when the app has taken what it takes at once, it is known how much there is room for.
    if (read && attached && attached === this.#attached) this.#readSoon(attached, read)
  }

  #readSoon(attaching: Attaching, { range, inMs }: ReadOutput): void {
    const { topic } = this.#owner
    const { pageSize, clock } = this.#rules
    const read = (): void => {
      const room = Math.max(1, Math.min(pageSize, this.#delivery.room))
      const limited = { ...range, limit: Math.min(range.limit ?? room, pageSize) }
      const { after } = limited
      this.#ask(attaching, `Reading ${topic}`, (connection) => {
        const { ahead, abort } = attaching
        const readPage = (asked: ReadRange) => connection.read(topic, asked, abort.signal)
        return ahead && after && inMs === undefined
          ? ahead.goOn({ ...limited, after }, this.#state.wanted, readPage)
          : readPage(limited)
      })
    }
    if (inMs === undefined) read()
    else this.#cancelRead = clock.after(inMs, read)
  }

  #ask(attaching: Attaching, what: string, call: (connection: Connection) => Promise<Page | Attachment>): void {
    const { link } = attaching
    link
      .call(what, () => call(link.connection as Connection))
      .then((page) => {
        if (attaching !== this.#attached) return
        if (!attaching.confirmed) {
          attaching.confirmed = true
          if (page.through < page.head) attaching.ahead = new ReadAhead(page.through - this.#state.at.seq)
          this.#owner.attached('expiresIn' in page ? page.expiresIn : undefined)
        }
        this.#tell({ kind: 'pageRead', page, now: this.#rules.clock.now(), room: this.#delivery.room })
      })
      .catch((thrown: unknown) => {
        const error = toWireError(thrown)
        // What is no wire error is a mistake in the adapter: retried, but not in silence.
        if (error !== thrown && attaching === this.#attached) this.#owner.report(error)
        this.failed(attaching, error)
      })
  }
}

/** One attach, and the sink that it gave to the wire. */
class Attaching implements Sink {
  readonly link: Link
  readonly abort = new AbortController()
  confirmed = false
  /** Absent where the first page reached the head: what follows is no replay. */
  ahead: ReadAhead | undefined
  readonly #feed: SequencedFeed

  constructor(feed: SequencedFeed, link: Link) {
    this.#feed = feed
    this.link = link
  }

  events(batch: readonly WireItem[]): void {
    this.#feed.itemsReceived(this, batch)
  }

  head(at?: Position): void {
    this.#feed.headReceived(this, at)
  }

  lost(error: WireError): void {
    this.#feed.failed(this, error)
  }
}
