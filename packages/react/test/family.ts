import { defineTopic } from '@steadywire/core'
import { createTestWire } from '@steadywire/core/testing'
import * as z from 'zod'

export const job = defineTopic('job:{jobId}', {
  'job.progress': z.object({ percent: z.number() }),
  'job.log': z.object({ line: z.string() }),
})

export const topic = job({ jobId: '7' })

/** A wire whose job has made so much progress. */
export function wireWith(count: number) {
  const wire = createTestWire()
  for (let percent = 1; percent <= count; percent++) wire.emit(topic, 'job.progress', { percent })
  return wire
}
