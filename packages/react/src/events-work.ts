import {
  decodeCursor,
  type EventOf,
  type Gap,
  type SubscribeOptions,
  type Subscriber,
  type Subscription,
  type TopicLike,
  type TypeOf,
} from '@steadywire/core'
import { type Followed, followedBy } from './followed.ts'
import { createPages, mostEvents, noOlder, type Older, type Pages } from './older.ts'
import type { Work } from './store.ts'

export interface Events<Event> extends Followed {
  /** The newest, ascending. */
  readonly events: readonly Event[]
  /** What could not be had, the latest ten: each is between the events of its positions. */
  readonly gaps: readonly Gap[]
  /** `older.load()` puts a page of older events before the others, which are kept together from then on. */
  readonly older: Older
}

export interface EventsWishes<T extends TopicLike, Type extends TypeOf<T>>
  extends Pick<SubscribeOptions<T, Type>, 'from' | 'types'> {
  readonly limit: number
}

const keptGaps = 10

/** Keeps the newest events of a topic, and older ones before them when they are asked for. */
export class EventsWork<T extends TopicLike, Type extends TypeOf<T>> implements Work<Events<EventOf<T, Type>>> {
  readonly #subscriber: Subscriber
  readonly #topic: T
  readonly #wishes: EventsWishes<T, Type>
  readonly #changed: () => void
  readonly #subscription: Subscription
  #events: EventOf<T, Type>[] = []
  #gaps: readonly Gap[] = []
  #kept: number
  /** The newest of a log that was made anew or taken back: nothing that the log has is older than it. */
  #former: EventOf<T, Type> | undefined
  #pages: Pages | undefined
  /** Set while older ones are wanted and the topic is not attached yet: how to stop watching the connection. */
  #unwatch: (() => void) | undefined
  #isStopped = false

  constructor(subscriber: Subscriber, topic: T, wishes: EventsWishes<T, Type>, changed: () => void) {
    this.#subscriber = subscriber
    this.#topic = topic
    this.#wishes = wishes
    this.#kept = wishes.limit
    this.#changed = changed
    const { limit: _, ...rest } = wishes
    const options: SubscribeOptions<T, Type> = {
      ...rest,
      event: (event) => this.#add(event),
      gap: (gap) => this.#miss(gap),
      attached: () => this.#attached(),
      status: changed,
    }
    this.#subscription = subscriber.subscribe(topic, options)
  }

  view(): Events<EventOf<T, Type>> {
    const events = this.#events.slice(-this.#kept)
    return { ...followedBy(this.#subscription), events, gaps: this.#gaps, older: this.#older() }
  }

  stop(): void {
    this.#isStopped = true
    this.#unwatch?.()
    this.#pages?.stop()
    this.#subscription.unsubscribe()
  }

  #add(event: EventOf<T, Type>): void {
    this.#events.push(event)
    // Not with each event: a burst would copy the list each time.
    if (this.#events.length >= 2 * this.#kept) this.#events.splice(0, this.#events.length - this.#kept)
    this.#changed()
  }

  #miss(gap: Gap): void {
    this.#gaps = [...this.#gaps, gap].slice(-keptGaps)
    if (gap.reason === 'epoch' || gap.reason === 'rewound') {
      this.#former = this.#events.at(-1)
      this.#pages?.stop()
      this.#pages = undefined
    }
    this.#changed()
  }

  #attached(): void {
    this.#changed()
    if (!this.#unwatch) return
    this.#unwatch()
    this.#unwatch = undefined
    this.#load()
  }

  #older(): Older {
    if (this.#pages) return this.#pages.view()
    const load = (): void => this.#load()
    if (this.#isCutOff) return { ...noOlder, hasMore: false, load }
    if (!this.#unwatch) return { ...noOlder, load }
    const error = this.#subscription.error ?? this.#subscriber.connection.error
    return { ...noOlder, loading: !error, error, load }
  }

  get #isCutOff(): boolean {
    return this.#former !== undefined && this.#events.slice(-this.#kept).includes(this.#former)
  }

  #load(): void {
    if (this.#isStopped || this.#isCutOff) return
    // What is shown begins where the log has it begin; before that, nobody knows what older means.
    if (this.#subscription.continuity) this.#openPages().load()
    else {
      this.#unwatch ??= this.#subscriber.on('state', this.#changed)
      this.#changed()
    }
  }

  #openPages(): Pages {
    if (this.#pages) return this.#pages
    const { limit, types } = this.#wishes
    const at = this.#subscription.cursor && decodeCursor(this.#subscription.cursor)
    this.#events = this.#events.slice(-limit)
    this.#kept = mostEvents
    const [first] = this.#events
    this.#pages = createPages(this.#subscriber, this.#topic, {
      // Where few of them are of these types, many are read at once.
      limit: types ? 1000 : Math.min(limit, 1000),
      before: first?.seq ?? (at && at.seq + 1),
      epoch: first?.epoch ?? at?.epoch,
      take: (page) => this.#prepend(page),
      changed: this.#changed,
    })
    return this.#pages
  }

  #prepend(page: readonly EventOf<T>[]): 'taken' | 'nothing' | 'end' {
    const { types } = this.#wishes
    const older = page.filter((event): event is EventOf<T, Type> => !types || types.includes(event.type as Type))
    this.#events = [...older, ...this.#events].slice(-this.#kept)
    if (this.#events.length === this.#kept) return 'end'
    return older.length > 0 ? 'taken' : 'nothing'
  }
}
