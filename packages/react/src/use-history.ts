import type { EventOf, HistoryOptions, SteadywireError, Subscriber, TopicLike } from '@steadywire/core'
import { createStore, type Store } from './store.ts'
import { keyOf, type MaybeTopic, useStore } from './use-store.ts'

export interface HistoryView<Event> {
  /** Ascending; each page of older events comes before. */
  readonly events: readonly Event[]
  readonly loading: boolean
  /** Whether the log has older ones; undefined until it was asked. */
  readonly hasOlder: boolean | undefined
  readonly error: SteadywireError | undefined
  /** Reads the next page of older events; after an error, tries again. Not while `loading`. */
  loadOlder(): void
}

const noHistory: HistoryView<never> = {
  events: [],
  loading: true,
  hasOlder: undefined,
  error: undefined,
  loadOlder() {},
}

/**
 * Shows what the log has of the past, a page at once: the newest first (or those below `before`), older ones on demand. It follows nothing.
 * Another `before` is another beginning.
 *
 * @example
 * const { events, hasOlder, loadOlder } = useHistory(session({ sessionId }), { limit: 50 })
 */
export function useHistory<const T extends TopicLike>(
  topic: MaybeTopic<T>,
  options: HistoryOptions = {},
): HistoryView<EventOf<T>> {
  const { limit, before } = options
  return useStore<HistoryView<EventOf<T>>>(keyOf('history', topic, limit, before), noHistory, (subscriber) =>
    historyStore(subscriber, topic as T, options),
  )
}

function historyStore<T extends TopicLike>(
  subscriber: Subscriber,
  topic: T,
  options: HistoryOptions,
): Store<HistoryView<EventOf<T>>> {
  return createStore<HistoryView<EventOf<T>>>(subscriber, (changed) => {
    let { before } = options
    let events: readonly EventOf<T>[] = []
    let loading = false
    let hasOlder: boolean | undefined
    let error: SteadywireError | undefined

    async function load(): Promise<void> {
      if (loading || hasOlder === false) return
      loading = true
      error = undefined
      changed()
      try {
        const page = await subscriber.history(topic, { ...options, ...(before !== undefined && { before }) })
        events = [...page.events, ...events]
        before = page.before
        hasOlder = before !== undefined
      } catch (thrown) {
        error = thrown as SteadywireError
      }
      loading = false
      changed()
    }
    const loadOlder = (): void => void load()
    loadOlder()
    // What failed for the connection is had with the next one.
    const unlisten = subscriber.on('state', ({ state }) => {
      if (state === 'online' && error?.retryable) loadOlder()
    })
    return { view: () => ({ events, loading, hasOlder, error, loadOlder }), stop: unlisten }
  })
}
