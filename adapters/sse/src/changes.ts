import { toWireError, type WireError } from '@steadywire/core'
import type { Feed } from './feed.ts'

interface Batch {
  readonly attach: readonly (readonly [topic: string, after: string | null, number: number | undefined])[]
  readonly detach: readonly string[]
}

/**
 * Gathers the changes of one turn into one request, and makes one request at a time, so that the server hears of
 * changes in their order. What fails refuses the feeds that were to be attached.
 */
export function createChanges(send: (batch: Batch) => Promise<unknown>, failed: (error: WireError) => void) {
  let attaching = new Map<string, Feed>()
  let detaching = new Set<string>()
  let sending = false

  async function change(): Promise<void> {
    if (sending) return
    sending = true
    await undefined
    while (attaching.size + detaching.size > 0) {
      const feeds = attaching
      const detach = [...detaching]
      attaching = new Map()
      detaching = new Set()
      try {
        await send({ attach: [...feeds].map(([topic, { after, number }]) => [topic, after, number]), detach })
      } catch (thrown) {
        const error = toWireError(thrown)
        failed(error)
        for (const feed of feeds.values()) feed.refuse(error)
      }
    }
    sending = false
  }

  return {
    attach(topic: string, feed: Feed): void {
      attaching.set(topic, feed)
      void change()
    },
    /** What was not asked for yet needs not be taken back. */
    detach(topic: string): void {
      if (attaching.delete(topic)) return
      detaching.add(topic)
      void change()
    },
  }
}
