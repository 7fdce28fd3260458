import type { EventOf, SteadywireError, Subscriber, TopicLike } from '@steadywire/core'

/** Events before those that are shown, on demand. */
export interface Older {
  readonly loading: boolean
  /** Whether the log has more; undefined until it was asked. */
  readonly hasMore: boolean | undefined
  readonly error: SteadywireError | undefined
  /** Reads the next page; after an error, tries again. Not while `loading`. */
  load(): void
}

/** So many events are held at most, the newest. */
export const mostEvents = 10_000

export const noOlder: Older = { loading: false, hasMore: undefined, error: undefined, load() {} }

export interface Pages {
  view(): Older
  load(): void
  stop(): void
}

interface PagesOptions<Event> {
  /** Events in a page, 1 to 1,000. */
  readonly limit: number | undefined
  /** The seq below which the first page is; undefined for the newest. */
  readonly before: number | undefined
  /** The log that is read. Default: that of the first page. */
  readonly epoch?: string | undefined
  /** Puts a page before what there is. After `nothing`, which shows nothing of it, the page before it is read; after `end` none. */
  take(events: readonly Event[]): 'taken' | 'nothing' | 'end'
  readonly changed: () => void
}

/** Reads the past of a topic, page by page. */
export function createPages<T extends TopicLike>(
  subscriber: Subscriber,
  topic: T,
  { limit, before, epoch, take, changed }: PagesOptions<EventOf<T>>,
): Pages {
  let loading = false
  let hasMore: boolean | undefined
  let error: SteadywireError | undefined
  let stopped = false

  async function read(): Promise<void> {
    loading = true
    error = undefined
    changed()
    try {
      let took: ReturnType<typeof take>
      do {
        const page = await subscriber.history(topic, {
          ...(limit !== undefined && { limit }),
          ...(before !== undefined && { before }),
        })
        if (stopped) return
        before = page.before
        epoch ??= page.events[0]?.epoch
        // Of a log that was made anew: nothing of it is older than what is shown.
        took = page.events.some((event) => event.epoch !== epoch) ? 'end' : take(page.events)
        hasMore = before !== undefined && took !== 'end'
      } while (hasMore && took === 'nothing')
    } catch (thrown) {
      if (stopped) return
      error = thrown as SteadywireError
    }
    loading = false
    changed()
  }
  const load = (): void => {
    if (!stopped && !loading && hasMore !== false) void read()
  }
  // What failed for the connection is had with the next one.
  const unlisten = subscriber.on('state', ({ state }) => {
    if (state === 'online' && error?.retryable) load()
  })
  return {
    view: () => ({ loading, hasMore, error, load }),
    load,
    stop() {
      stopped = true
      unlisten()
    },
  }
}
