import {
  type Change,
  type Coalescable,
  type CoalesceOptions,
  coalesce,
  type Subscriber,
  withDeadline,
} from '@steadywire/core'

export interface Gatherer<Item> {
  add(item: Item): void
  /** What was gathered is handed over now. */
  stop(): void
}

/** What is handed over may take so long, ms: a request that hangs must not stop all later ones. */
const flushDeadlineMs = 30_000

/** Gathers until it is quiet, by the subscriber's clock. What it gathered for one identity nobody else is told of (D10). */
export function createGatherer<Item extends Coalescable>(
  subscriber: Subscriber,
  options: CoalesceOptions,
  flush: (changes: readonly Change<Item>[]) => unknown,
): Gatherer<Item> {
  let { items, drop } = begin()

  function begin() {
    let isDropped = false
    const items = coalesce<Item>({ ...options, clock: subscriber.clock }, (changes) =>
      isDropped
        ? undefined
        : withDeadline(subscriber.clock, flushDeadlineMs, 'Refreshing', Promise.resolve(flush(changes))),
    )
    const drop = (): void => {
      isDropped = true
      items.close()
    }
    return { items, drop }
  }

  const unlisten = subscriber.on('identity', () => {
    drop()
    ;({ items, drop } = begin())
  })
  return {
    add: (item) => items(item),
    stop() {
      items.close({ flush: true })
      // It may have to wait for what is handed over already: until then it can still be dropped.
      void items.flush().then(unlisten)
    },
  }
}
