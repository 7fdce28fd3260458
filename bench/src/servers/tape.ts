import type { Page, WireEvent } from '@steadywire/core'
import type { EventLog, TailListener } from '@steadywire/server'

/**
 * A log that costs next to nothing, for measures of the wire alone: one topic, the newest events of it, and no memory of
 * ids. Live events go through the gateway as those of every other log do.
 */
export function createTape(epoch: string): EventLog & { put(event: WireEvent): void } {
  const kept: WireEvent[] = []
  const listeners = new Set<TailListener>()
  const most = 5000

  function page(after: number, limit: number): Page {
    const head = kept.at(-1)?.seq ?? 0
    const oldest = kept[0]?.seq ?? 1
    const start = Math.max(after + 1, oldest) - oldest
    const events = kept.slice(start, start + limit)
    return { epoch, oldest, head, events, through: events.at(-1)?.seq ?? Math.max(after, head) }
  }

  return {
    keyWindowMs: 0,
    append: () => Promise.reject(new Error('a tape is only put to')),
    async read(_topic, { after, limit, last }) {
      return last ? page((kept.at(-1)?.seq ?? 0) - limit, limit) : page(after?.seq ?? 0, limit)
    },
    async tail(_topic, listener) {
      listeners.add(listener)
      return async () => void listeners.delete(listener)
    },
    put(event) {
      kept.push(event)
      if (kept.length > 2 * most) kept.splice(0, most)
      for (const listener of listeners) listener.wake([event])
    },
  }
}
