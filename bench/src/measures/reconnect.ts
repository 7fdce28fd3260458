import type { Measure } from '../measure.ts'
import { outage } from '../outage.ts'
import { measured } from '../rounds.ts'

export const measure: Measure = async (quick) => {
  const ours = await outage('servers/steadywire-sse.ts', 'sse', quick ? 1 : 3)
  return {
    'reconnect.median': measured(ours.median),
    'reconnect.p95': measured(ours.p95),
    'reconnect.herd': measured(ours.herd),
    'reconnect.lost': measured(ours.lost),
  }
}
