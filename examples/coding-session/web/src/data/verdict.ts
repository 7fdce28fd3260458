import { number, plural } from '../format.ts'
import type { Tally } from './ledger.ts'

export interface VerdictView {
  readonly state: 'bad' | 'unknown' | 'empty' | 'under-way' | 'clean'
  readonly text: string
}

export interface Circumstances {
  /** The host answers. */
  readonly reachable: boolean
  /** The session has ended, and so has its stream. */
  readonly ended: boolean
  /** One event has been under way for longer than events usually are. */
  readonly stalled: boolean
}

/** So many may be under way at any time, while events flow. */
const usuallyUnderWay = 10

/** The counters in one sentence, which never says more than was compared. */
export function verdictOf(tally: Tally, { reachable, ended, stalled }: Circumstances): VerdictView {
  const { emitted, delivered, underWay, uncompared } = tally
  if (tally.lost + tally.repeated + tally.disordered > 0)
    return { state: 'bad', text: 'Not every event arrived once and in order.' }
  if (!reachable) return { state: 'unknown', text: 'Not known: the host is gone.' }
  if (emitted === 0) return { state: 'empty', text: 'Nothing was emitted yet.' }
  if (uncompared > 0)
    return { state: 'under-way', text: `${number(emitted - uncompared)} of ${number(emitted)} events compared so far.` }
  if (underWay > usuallyUnderWay || (underWay > 0 && (stalled || delivered === 0)))
    return { state: 'under-way', text: `${plural(underWay, 'event')} on the way. Nothing is lost.` }
  if (ended && underWay === 0) return { state: 'clean', text: 'All of it arrived, once and in order.' }
  return { state: 'clean', text: 'Every event so far arrived, once and in order.' }
}
