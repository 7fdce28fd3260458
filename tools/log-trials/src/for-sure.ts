import { type Appended, type Draft, isSteadywireError, type Page, type ReadRange } from '@steadywire/core'
import type { EventLog } from '@steadywire/server'

/** Appends as an emitter does: the same again, until the outcome is known. */
export function appendForSure(log: EventLog, topic: string, batch: readonly Draft[]): Promise<readonly Appended[]> {
  return forSure(() => log.append(topic, batch))
}

/** Reads as a reader does: again, until there is an answer. */
export function readForSure(log: EventLog, topic: string, range: ReadRange): Promise<Page> {
  return forSure(() => log.read(topic, range))
}

async function forSure<T>(call: () => Promise<T>): Promise<T> {
  const end = performance.now() + 30_000
  for (;;) {
    try {
      return await call()
    } catch (thrown) {
      if (!isSteadywireError(thrown) || !thrown.retryable || performance.now() > end) throw thrown
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}

/** All events of a topic, by as many pages as it takes. */
export async function readAll(log: EventLog, topic: string) {
  let page = await readForSure(log, topic, { limit: 100_000 })
  const events = [...page.events]
  while (page.through < page.head) {
    const after = { seq: page.through, ...(page.epoch !== undefined && { epoch: page.epoch }) }
    page = await readForSure(log, topic, { after, limit: 100_000 })
    events.push(...page.events)
  }
  return { ...page, events }
}
