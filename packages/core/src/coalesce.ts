import { type Clock, systemClock } from './clock.ts'
import { messageOf, SteadywireError } from './errors.ts'
import type { Entity } from './event.ts'

export interface CoalesceOptions {
  /** How long it must be quiet before the flush; starts again with each event. Default 500 ms. */
  readonly quietMs?: number
  /** How long the first event may wait, however busy it is. Default 5,000 ms. */
  readonly maxWaitMs?: number
  /** So many entities are flushed at once. Default 1,000. */
  readonly maxEntities?: number
  /** Told of a flush that failed. Default: the console. */
  readonly error?: (error: SteadywireError) => unknown
  readonly clock?: Clock
}

/** What is needed of an event. */
export interface Coalescable {
  readonly type: string
  readonly entity?: Entity
}

/** Something about one entity changed. */
export interface Change<E extends Coalescable> {
  /** `job:42`; `job:all` where the entity has no id; the event's type instead, where it has no entity. */
  readonly key: string
  /** The latest. */
  readonly event: E
  /** How many events it stands for. */
  readonly count: number
}

/** An event handler. */
export interface Coalescer<E extends Coalescable> {
  (event: E): void
  /** Hands over what was gathered, now. Rejects as the flush does. */
  flush(): Promise<void>
  /** Takes no more events. What was gathered is forgotten, or with `flush` handed over now. */
  close(options?: { readonly flush?: boolean }): void
}

/**
 * Makes an event handler that gathers events and hands over one change per entity once it is quiet: ten events of one job
 * are one refresh. Flushes do not overlap: while one is under way the next is gathered.
 *
 * @example
 * const refresh = coalesce({}, (changes) => Promise.all(changes.map(({ key }) => store.refresh(key))))
 * subscriber.subscribe(org({ orgId }), { event: refresh, gap: () => store.refreshAll() })
 */
export function coalesce<E extends Coalescable>(
  options: CoalesceOptions,
  flush: (changes: readonly Change<E>[]) => unknown,
): Coalescer<E> {
  const { quietMs = 500, maxWaitMs = 5000, maxEntities = 1000, clock = systemClock } = options
  const changes = new Map<string, Change<E>>()
  let running: Promise<void> | undefined
  let since = 0
  let cancel = (): void => {}
  let closed = false

  const report =
    options.error ?? ((error: SteadywireError) => console.error(`steadywire: ${error.message}`, error.cause ?? ''))

  const handOver = async (): Promise<void> => {
    cancel()
    while (running) await running.catch(() => {})
    if (changes.size === 0) return
    cancel()
    const batch = [...changes.values()]
    changes.clear()
    running = Promise.resolve()
      .then(() => flush(batch))
      .then(
        () => {},
        (cause) => {
          throw new SteadywireError('handler_failed', `A coalesced flush threw: ${messageOf(cause)}`, { cause })
        },
      )
      .finally(() => {
        running = undefined
      })
    await running
  }

  const handle = (event: E): void => {
    if (closed) return
    const key = keyOf(event)
    if (changes.size === 0) since = clock.now()
    changes.set(key, { key, event, count: (changes.get(key)?.count ?? 0) + 1 })
    cancel()
    const wait = changes.size >= maxEntities ? 0 : Math.min(quietMs, since + maxWaitMs - clock.now())
    cancel = clock.after(Math.max(0, wait), () => void handOver().catch(report))
  }

  return Object.assign(handle, {
    flush: handOver,
    close({ flush: isWanted = false } = {}) {
      closed = true
      if (isWanted) return void handOver().catch(report)
      cancel()
      changes.clear()
    },
  })
}

function keyOf({ type, entity }: Coalescable): string {
  return entity ? `${entity.type}:${entity.id ?? 'all'}` : type
}
