import { defineTopic, type WireEvent } from '@steadywire/core'
import { schema } from '../events.ts'
import { type Measure, roundsFor } from '../measure.ts'
import { allSeen, endless, handler, liveSink } from '../pipeline.ts'

const listeners = [handler]

/** Objects as a vendor's client hands them over: parsed, and nobody else's. */
const parsed = (text: string): WireEvent => JSON.parse(text)

export const measure: Measure = async (quick) => {
  const sink = await liveSink(defineTopic('session:{id}', { terminal: schema })({ id: 1 }))
  const ours = endless(parsed, (events) => {
    for (const event of events) sink.events([event])
  })
  return { 'core.object': await allSeen(roundsFor(quick, 5), endless(parsed, byHand()), ours) }
}

/** The tightest that still validates, drops repeats, notices holes and dispatches. */
function byHand() {
  let last = 0
  return (events: readonly WireEvent[]) => {
    for (const event of events) {
      if (event.seq <= last) continue
      if (event.seq > last + 1) throw new Error('a hole')
      const result = schema.safeParse(event.data)
      last = event.seq
      if (result.success) for (const listener of listeners) listener({ ...event, data: result.data })
    }
  }
}
