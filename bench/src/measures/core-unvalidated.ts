import type { WireEvent } from '@steadywire/core'
import { topic } from '../events.ts'
import { type Measure, roundsFor } from '../measure.ts'
import { allSeen, endless, handler, liveSink } from '../pipeline.ts'

const listeners = [handler]

export const measure: Measure = async (quick) => {
  const sink = await liveSink(topic)
  const ours = endless(
    (text) => text,
    (texts) => {
      for (const text of texts) sink.events([JSON.parse(text)])
    },
  )
  return {
    'core.unvalidated': await allSeen(
      roundsFor(quick, 5),
      endless((text) => text, byHand()),
      ours,
    ),
  }
}

/** The tightest that still parses, drops repeats, notices holes and dispatches. */
function byHand() {
  let last = 0
  return (texts: readonly string[]) => {
    for (const text of texts) {
      const event: WireEvent = JSON.parse(text)
      if (event.seq <= last) continue
      if (event.seq > last + 1) throw new Error('a hole')
      last = event.seq
      for (const listener of listeners) listener(event)
    }
  }
}
