import { defineTopic } from '@steadywire/core'
import * as z from 'zod'

export const team = defineTopic('team:{teamId}', {
  'note.added': z.object({ text: z.string() }),
})
