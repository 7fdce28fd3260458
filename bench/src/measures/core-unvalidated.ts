import type { WireEvent } from '@steadywire/core'
import { topic } from '../events.ts'
import { fromText } from '../from-text.ts'
import { type Measure, roundsFor } from '../measure.ts'
import { handler } from '../pipeline.ts'

const listeners = [handler]

export const measure: Measure = async (quick) => ({
  'core.unvalidated': await fromText(topic, roundsFor(quick, 5), dispatched),
})

function dispatched(event: WireEvent): void {
  for (const listener of listeners) listener(event)
}
