import { parseArgs } from 'node:util'
import * as z from 'zod'

const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most)

export const optionsSchema = z.object({
  minutes: z.coerce.number().min(0.25).max(600).default(5),
  clients: whole(10, 20_000).default(5000),
  rate: whole(1, 5000).default(100),
  seed: whole(0, 0xffffffff).default(() => Math.floor(Math.random() * 1_000_000)),
})

export type ChaosOptions = z.output<typeof optionsSchema>

/** Throws with one line to show. */
export function parseChaosOptions(args: readonly string[]): ChaosOptions {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ args: [...args], options: { minutes: text, clients: text, rate: text, seed: text } })
  const parsed = optionsSchema.safeParse(values)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new Error(`--${issue?.path.join('.')}: ${issue?.message}`)
}
