import { type Appended, type Draft, markOf, type WireEvent } from '@steadywire/core'
import type { EventLog } from '@steadywire/server'
import { expect } from 'vitest'
import { draft } from './drafts.ts'
import { appendForSure } from './for-sure.ts'

interface Acknowledged {
  readonly draft: Draft
  readonly at: Appended['position']
}

/** Writers that append until they are told to stop; what was acknowledged is kept. */
export function writersOn(logs: readonly EventLog[], topic: string) {
  const acknowledged: Acknowledged[] = []
  let writing = true
  const write = async (log: EventLog, size: number) => {
    while (writing) {
      const batch = Array.from({ length: size }, () => draft(size))
      const answers = await appendForSure(log, topic, batch)
      for (const [index, each] of batch.entries())
        acknowledged.push({ draft: each, at: answers[index]?.position ?? { seq: 0 } })
    }
  }
  const done = Promise.all(logs.flatMap((log) => [write(log, 1), write(log, 3)]))
  return {
    acknowledged,
    async until(count: number) {
      while (acknowledged.length < count) await new Promise((resolve) => setImmediate(resolve))
    },
    async stop() {
      writing = false
      await done
    },
    /** All that was acknowledged is there, once, and where it was said to be; `before` events were there already. */
    check(events: readonly WireEvent[], before = 0) {
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => before + index + 1))
      expect(new Set(events.map(({ id }) => id)).size, 'no event twice').toBe(events.length)
      for (const { draft, at } of acknowledged) {
        const event = events[at.seq - before - 1]
        expect([event?.id, event?.epoch, at.mark]).toEqual([draft.id, at.epoch, markOf(draft.id)])
      }
      expect(events.length, 'what was not acknowledged was tried until it was').toBe(acknowledged.length)
    },
  }
}
