import { defineTopic } from '@steadywire/core'
import * as z from 'zod'

export const job = defineTopic('job:{jobId}', {
  'job.progress': z.object({ percent: z.number() }),
  'job.log': z.object({ line: z.string() }),
})

export const topic = job({ jobId: '7' })
