import { defineTopic } from '@steadywire/core'
import * as z from 'zod'

export const org = defineTopic('org:{orgId}', {
  'job.created': z.object({}),
  'job.updated': z.object({ title: z.string() }),
  'evidence.uploaded': z.object({ bytes: z.number() }),
  JOB_CREATED: z.object({}),
})

export const topic = org({ orgId: '1' })
