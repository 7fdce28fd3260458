import {
  decodeCursor,
  type EventOf,
  type From,
  type Gap,
  SteadywireError,
  type SubscribeOptions,
  type Subscriber,
  type TopicLike,
  type TypeOf,
} from '@steadywire/core'
import { type Followed, followedBy, notFollowed } from './followed.ts'
import { createPages, noOlder, type Older, type Pages } from './older.ts'
import { Store } from './store.ts'
import { keyOf, type MaybeTopic, useStore } from './use-store.ts'

export interface EventsOptions<T extends TopicLike = TopicLike, Type extends TypeOf<T> = TypeOf<T>> {
  /** How many events are kept, the newest: 1 to 10,000. Default 100. Once older ones were loaded, 10,000. */
  readonly limit?: number
  /** Default: the newest `limit` events, then what comes. */
  readonly from?: From
  /** Only these types; the events' type narrows to them. */
  readonly types?: readonly Type[]
}

export interface Events<Event> extends Followed {
  /** The newest, ascending. */
  readonly events: readonly Event[]
  /** What could not be had, the latest ten: each is between the events of its positions. */
  readonly gaps: readonly Gap[]
  /** `older.load()` puts a page of older events before the others, which are kept together from then on. */
  readonly older: Older
}

const noEvents: Events<never> = { ...notFollowed, events: [], gaps: [], older: noOlder }
const keptGaps = 10
const mostEvents = 10_000

/**
 * Shows the newest events of a topic, each once and in order (D1 to D4), and how following it goes. Components that ask for the same
 * share one subscription. Rendered at most once a frame, however many events come. Without a topic it waits.
 *
 * @throws SteadywireError `invalid_option`, naming the option
 *
 * @example
 * const { events, caughtUp } = useEvents(session({ sessionId }), { types: ['terminal'], limit: 500 })
 */
export function useEvents<const T extends TopicLike, const Type extends TypeOf<T> = TypeOf<T>>(
  topic: MaybeTopic<T>,
  options: EventsOptions<T, Type> = {},
): Events<EventOf<T, Type>> {
  const { limit = 100, types, from = { last: limit } } = options
  return useStore<Events<EventOf<T, Type>>>(keyOf('events', topic, from, types, limit), noEvents, (subscriber) =>
    eventsStore(subscriber, topic as T, { from, limit, ...(types && { types }) }),
  )
}

function eventsStore<T extends TopicLike, Type extends TypeOf<T>>(
  subscriber: Subscriber,
  topic: T,
  { limit, ...wishes }: EventsOptions<T, Type> & { readonly limit: number },
): Store<Events<EventOf<T, Type>>> {
  if (!Number.isInteger(limit) || limit < 1 || limit > mostEvents)
    throw new SteadywireError('invalid_option', `limit is ${limit}`, { hint: 'Give a whole number from 1 to 10,000.' })
  const { types } = wishes
  return new Store<Events<EventOf<T, Type>>>(subscriber, (changed) => {
    let events: EventOf<T, Type>[] = []
    let kept = limit
    let gaps: readonly Gap[] = []
    const options: SubscribeOptions<T, Type> = {
      ...wishes,
      event(event) {
        events.push(event)
        // Not with each event: a burst would copy the list each time.
        if (events.length >= 2 * kept) events.splice(0, events.length - kept)
        changed()
      },
      gap(gap) {
        gaps = [...gaps, gap].slice(-keptGaps)
        changed()
      },
      attached: changed,
      status: changed,
    }
    const subscription = subscriber.subscribe(topic, options)
    const openPages = (): Pages =>
      createPages(subscriber, topic, {
        limit: Math.min(limit, 1000),
        async before() {
          // What is shown begins where the log had it begin; before that, nobody knows what older means.
          await subscription.ready
          events = events.slice(-limit)
          kept = mostEvents
          return events[0]?.seq ?? (subscription.cursor && decodeCursor(subscription.cursor).seq + 1)
        },
        take(page) {
          const [first] = events
          // Of a log that was made anew: nothing of it is older than what is shown.
          if (first && page.some(({ epoch }) => epoch !== first.epoch)) return 'end'
          const older = page.filter((event): event is EventOf<T, Type> => !types || types.includes(event.type as Type))
          events = [...older, ...events].slice(-kept)
          if (events.length === kept) return 'end'
          return older.length > 0 ? 'taken' : 'nothing'
        },
        changed,
      })
    let pages: Pages | undefined
    function load(): void {
      pages ??= openPages()
      pages.load()
    }
    return {
      view: () => ({
        ...followedBy(subscription),
        events: events.slice(-kept),
        gaps,
        older: pages?.view() ?? { ...noOlder, load },
      }),
      stop() {
        pages?.stop()
        subscription.unsubscribe()
      },
    }
  })
}
