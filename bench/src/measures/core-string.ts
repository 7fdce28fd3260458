import { defineTopic, type WireEvent } from '@steadywire/core'
import { schema } from '../events.ts'
import { type Measure, roundsFor } from '../measure.ts'
import { allSeen, endless, handler, liveSink } from '../pipeline.ts'

const listeners = [handler]

export const measure: Measure = async (quick) => {
  const sink = await liveSink(defineTopic('session:{id}', { terminal: schema })({ id: 1 }))
  const ours = endless(
    (text) => text,
    (texts) => {
      for (const text of texts) sink.events([JSON.parse(text)])
    },
  )
  return {
    'core.string': await allSeen(
      roundsFor(quick, 5),
      endless((text) => text, byHand()),
      ours,
    ),
  }
}

/** The tightest that still parses, validates, drops repeats, notices holes and dispatches. */
function byHand() {
  let last = 0
  return (texts: readonly string[]) => {
    for (const text of texts) {
      const event: WireEvent = JSON.parse(text)
      if (event.seq <= last) continue
      if (event.seq > last + 1) throw new Error('a hole')
      const result = schema.safeParse(event.data)
      last = event.seq
      if (result.success) for (const listener of listeners) listener({ ...event, data: result.data })
    }
  }
}
