import type { WireEvent } from '@steadywire/core'
import type { TailListener } from './log.ts'

/** Wakes listeners in a microtask, in order; the appends of one turn make one wake. */
export function memoryTails() {
  const listeners = new Map<string, Set<TailListener>>()
  const pending = new Map<string, WireEvent[]>()

  const unfollow = (topic: string, listener: TailListener): void => {
    const all = listeners.get(topic)
    if (all?.delete(listener) && all.size === 0) listeners.delete(topic)
  }

  /** A listener that throws has lost its place; the others are not to suffer. */
  const wakeOne = (topic: string, listener: TailListener, events: readonly WireEvent[]): void => {
    try {
      listener.wake(events)
    } catch (thrown) {
      unfollow(topic, listener)
      listener.lost(thrown)
    }
  }

  const flush = (): void => {
    const due = [...pending]
    pending.clear()
    for (const [topic, events] of due)
      for (const listener of listeners.get(topic) ?? []) wakeOne(topic, listener, events)
  }

  return {
    wake(topic: string, events: readonly WireEvent[]) {
      if (events.length === 0 || !listeners.has(topic)) return
      if (pending.size === 0) queueMicrotask(flush)
      const gathered = pending.get(topic)
      if (gathered) gathered.push(...events)
      else pending.set(topic, [...events])
    },
    follow(topic: string, on: TailListener) {
      const listener: TailListener = { wake: (events) => on.wake(events), lost: (error) => on.lost(error) }
      const all = listeners.get(topic) ?? new Set()
      listeners.set(topic, all.add(listener))
      return async () => unfollow(topic, listener)
    },
  }
}
