import type { WireEvent } from '@steadywire/core'
import * as z from 'zod'

/** What the events of all measures carry: about 300 bytes of JSON with the rest of the event. */
export const schema = z.object({
  command: z.string(),
  output: z.string(),
  exitCode: z.number().int().optional(),
  tags: z.array(z.string()),
})

export const topic = 'session:1'

/** `^` occurs once in every event, and nowhere else: clients that only count look for it. */
export function dataOf(index: number, extra: { readonly at?: number } = {}) {
  return { command: 'npm test', output: `${'x'.repeat(110)}^${index}`, exitCode: 0, tags: ['a', 'b'], ...extra }
}

export function eventOf(index: number, extra?: { readonly at?: number }): WireEvent {
  return { ...placeOf(index), type: 'terminal', time: 1_700_000_000_000, data: dataOf(index, extra) }
}

export const idOf = (index: number) => `id-${String(index).padStart(10, '0')}`

function placeOf(index: number) {
  return { id: idOf(index), topic, seq: index, epoch: 'e' }
}

/** A clock that all processes of this machine share: ms. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000
}
