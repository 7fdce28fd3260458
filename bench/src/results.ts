import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import * as z from 'zod'
import type { Measured } from './rounds.ts'

const file = new URL('../results.json', import.meta.url)
export const results = z.record(
  z.string(),
  z.object({ value: z.number(), base: z.number().nullable(), ratio: z.number().nullable() }),
)

/** Puts what was measured beside what earlier runs found, in the order of `keys`. */
export function mergeResults(fresh: Readonly<Record<string, Measured>>, keys: readonly string[]): void {
  const former = existsSync(file) ? results.parse(JSON.parse(readFileSync(file, 'utf8'))) : {}
  const all: Readonly<Record<string, Measured>> = { ...former, ...fresh }
  const ordered = keys.flatMap((key) => (all[key] ? [[key, all[key]] as const] : []))
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(ordered), undefined, 2)}\n`)
}
