import * as z from 'zod'
import { tab } from '../storage.ts'

const key = 'place'

const placeSchema = z.object({
  session: z.string(),
  /** Absent: live. */
  seq: z.number().int().optional(),
  playing: z.boolean(),
  speed: z.number().positive(),
})

/** Where in which session this tab is. */
export type KeptPlace = z.infer<typeof placeSchema>

export function readPlace(): KeptPlace | undefined {
  try {
    return placeSchema.parse(JSON.parse(tab.getItem(key) ?? ''))
  } catch {
    return undefined
  }
}

export function writePlace(place: KeptPlace): void {
  tab.setItem(key, JSON.stringify(place))
}
