import type { EventOf, HistoryOptions, Subscriber, TopicLike } from '@steadywire/core'
import { createPages, mostEvents, noOlder, type Older } from './older.ts'
import { Store } from './store.ts'
import { keyOf, type MaybeTopic, useStore } from './use-store.ts'

export interface HistoryView<Event> extends Older {
  /** Ascending; each page of older events comes before. */
  readonly events: readonly Event[]
}

const noHistory: HistoryView<never> = { ...noOlder, events: [] }
const reading: HistoryView<never> = { ...noHistory, loading: true }

/**
 * Shows what the log has of the past, a page at once: the newest first (or those below `before`), older ones on demand, 10,000 events in all. It follows nothing.
 * Another `before` is another beginning.
 *
 * @example
 * const { events, hasMore, load } = useHistory(session({ sessionId }), { limit: 50 })
 */
export function useHistory<const T extends TopicLike>(
  topic: MaybeTopic<T>,
  options: HistoryOptions = {},
): HistoryView<EventOf<T>> {
  const { limit, before } = options
  return useStore<HistoryView<EventOf<T>>>(
    keyOf('history', topic, limit, before),
    topic ? reading : noHistory,
    (subscriber) => historyStore(subscriber, topic as T, options),
  )
}

function historyStore<T extends TopicLike>(
  subscriber: Subscriber,
  topic: T,
  { limit, before }: HistoryOptions,
): Store<HistoryView<EventOf<T>>> {
  return new Store<HistoryView<EventOf<T>>>(subscriber, (changed) => {
    let events: readonly EventOf<T>[] = []
    const pages = createPages(subscriber, topic, {
      limit,
      before,
      take(page) {
        events = [...page, ...events].slice(-mostEvents)
        return events.length < mostEvents ? 'taken' : 'end'
      },
      changed,
    })
    pages.load()
    return { view: () => ({ events, ...pages.view() }), stop: pages.stop }
  })
}
