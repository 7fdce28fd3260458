import type { Clock } from './clock.ts'
import type { Link } from './connection-driver.ts'
import type { Delivery } from './delivery.ts'
import { toWireError, type WireError } from './errors.ts'
import type { WireEvent } from './event.ts'
import type { Feed, FeedOwner } from './feed.ts'
import type { Continuity, Gap } from './gap.ts'
import { createSeenIds } from './seen-ids.ts'
import type { UnsequencedConnection, UnsequencedEvent, UnsequencedSink } from './transport.ts'

/** How many ids are remembered, and how many events may come before the feed is confirmed. */
const window = 1000

/**
 * A feed without positions. What it can honestly give: repeats dropped by id, arrival order (`seq` counts arrivals in
 * this process, `epoch` is empty), and a gap of reason `unknown` wherever something may have been missed and the source
 * did not give it.
 */
export class ArrivalFeed implements Feed {
  readonly at = undefined
  readonly #owner: FeedOwner
  readonly #delivery: Delivery
  readonly #clock: Clock
  readonly #ids = createSeenIds(window)
  #seq: number
  #attachedBefore: boolean
  /** There was no room for something. */
  #missed = false
  /** The topic's last event came. */
  #sealed = false
  #abort: AbortController | undefined

  /** @param after What an earlier feed of the same subscription came to: what followed it may have been missed. */
  constructor(owner: FeedOwner, after: number | undefined, delivery: Delivery, clock: Clock) {
    this.#owner = owner
    this.#seq = after ?? 0
    this.#attachedBefore = after !== undefined
    this.#delivery = delivery
    this.#clock = clock
  }

  attach(link: Link): void {
    const { topic } = this.#owner
    const abort = new AbortController()
    this.#abort = abort
    const current = (): boolean => this.#abort === abort
    let early: UnsequencedEvent[] | undefined = []
    const sink: UnsequencedSink = {
      events: (batch) => {
        if (!current()) return
        if (!early) this.#take(batch)
        else if (early.length + batch.length <= window) early.push(...batch)
        else this.#missed = true
      },
      missed: () => {
        if (!current() || early) return
        this.#gap()
        this.#delivery.flush()
      },
      lost: (error) => {
        if (current()) this.#fail(error)
      },
    }
    link
      .call(`Attaching ${topic}`, () => (link.connection as UnsequencedConnection).attach(topic, sink, abort.signal))
      .then(({ expiresIn, missed }) => {
        if (!current()) return
        this.#owner.attached(expiresIn)
        const waited = early ?? []
        early = undefined
        if (this.#attachedBefore && missed) this.#resume(missed)
        else this.#confirm()
        this.#take(waited)
        this.roomMade()
      })
      .catch((error: unknown) => current() && this.#fail(toWireError(error)))
  }

  detach(): void {
    const abort = this.#abort
    this.#abort = undefined
    abort?.abort()
  }

  roomMade(): void {
    if (!this.#missed) return
    this.#missed = false
    this.#gap()
    this.#delivery.flush()
  }

  verify(): void {}

  headHeard(): void {}

  #confirm(): void {
    const said = this.#abort
    const at = { epoch: '', seq: this.#seq }
    let continuity: Continuity = { kind: 'fresh', count: 0 }
    if (this.#attachedBefore) continuity = { kind: 'lost', count: 0, gap: this.#gap() }
    else this.#delivery.push({ kind: 'load', reason: 'attach', at, over: false })
    this.#attachedBefore = true
    this.#delivery.push({ kind: 'verdict', continuity, current: () => this.#abort === said })
  }

  /** The source told all that was missed. */
  #resume(missed: readonly UnsequencedEvent[]): void {
    const said = this.#abort
    const before = this.#seq
    this.#take(missed)
    const count = this.#seq - before
    const continuity: Continuity = count > 0 ? { kind: 'recovered', count } : { kind: 'continuous' }
    this.#delivery.push({ kind: 'verdict', continuity, current: () => this.#abort === said })
  }

  #gap(): Gap {
    const at = { epoch: '', seq: this.#seq }
    const gap: Gap = { topic: this.#owner.topic, reason: 'unknown', from: at, to: at }
    this.#delivery.push({ kind: 'gap', gap })
    this.#delivery.push({ kind: 'load', reason: 'unknown', at, over: false })
    return gap
  }

  #take(events: readonly UnsequencedEvent[]): void {
    const { topic } = this.#owner
    const fresh: WireEvent[] = []
    for (const event of events) {
      if (this.#sealed) break
      const seq = this.#seq + 1
      const placed = {
        ...event,
        id: event.id ?? `${topic}:${seq}`,
        topic,
        epoch: '',
        seq,
        time: event.time ?? this.#clock.wall(),
      }
      if (event.id !== undefined && this.#ids.seen(event.id)) this.#owner.stage('repeated', placed)
      else if (fresh.length >= this.#delivery.room) this.#missed = true
      else {
        this.#seq = seq
        this.#sealed = event.final === true
        this.#owner.stage('received', placed)
        fresh.push(placed)
      }
    }
    if (fresh.length > 0) this.#delivery.push({ kind: 'events', events: fresh })
    if (fresh.at(-1)?.final) this.#delivery.push({ kind: 'end' })
    this.#delivery.flush()
  }

  #fail(error: WireError): void {
    this.detach()
    this.#owner.failed(error)
  }
}
