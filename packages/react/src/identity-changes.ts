import type { Subscriber } from '@steadywire/core'

const counts = new WeakMap<Subscriber, { changes: number }>()

/** How often the reader has become somebody else, since it was first asked: what was given before is not the next one's (D10). */
export function identityChanges(subscriber: Subscriber): number {
  const count = counts.get(subscriber) ?? { changes: 0 }
  if (!counts.has(subscriber)) {
    counts.set(subscriber, count)
    subscriber.on('identity', () => {
      count.changes += 1
    })
  }
  return count.changes
}
