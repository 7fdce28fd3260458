import { defineTopic } from '@steadywire/core'
import * as z from 'zod'

/** What a job tells while it runs. */
export const job = defineTopic(
  'job:{jobId}',
  { progress: z.object({ percent: z.number() }), done: z.object({ result: z.string() }) },
  { retention: { maxEvents: 10_000, maxAgeMs: 86_400_000 } },
)
