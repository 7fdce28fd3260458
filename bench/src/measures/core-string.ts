import { defineTopic, type WireEvent } from '@steadywire/core'
import { schema } from '../events.ts'
import { fromText } from '../from-text.ts'
import { type Measure, roundsFor } from '../measure.ts'
import { handler } from '../pipeline.ts'

const listeners = [handler]
const topic = defineTopic('session:{id}', { terminal: schema })({ id: 1 })

export const measure: Measure = async (quick) => ({
  'core.string': await fromText(topic, roundsFor(quick, 5), validated),
})

function validated(event: WireEvent): void {
  const result = schema.safeParse(event.data)
  if (result.success) for (const listener of listeners) listener({ ...event, data: result.data })
}
