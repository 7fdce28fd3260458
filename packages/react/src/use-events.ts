import { type EventOf, type From, SteadywireError, type TopicLike, type TypeOf } from '@steadywire/core'
import { type Events, EventsWork } from './events-work.ts'
import { notFollowed } from './followed.ts'
import { mostEvents, noOlder } from './older.ts'
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

const noEvents: Events<never> = { ...notFollowed, events: [], gaps: [], older: noOlder }

/**
 * Shows the newest events of a topic, each once and in order (D1 to D4), and how following it goes. Components that ask for the same
 * share one subscription and one list, also the older events that one of them loaded. Rendered at most once a frame, however many
 * events come. Without a topic it waits.
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
  return useStore<Events<EventOf<T, Type>>>(keyOf('events', topic, from, types, limit), noEvents, (subscriber) => {
    checkLimit(limit)
    const wishes = { from, limit, ...(types && { types }) }
    return new Store(subscriber, (changed) => new EventsWork<T, Type>(subscriber, topic as T, wishes, changed))
  })
}

function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= mostEvents) return
  throw new SteadywireError('invalid_option', `limit is ${limit}`, { hint: 'Give a whole number from 1 to 10,000.' })
}
