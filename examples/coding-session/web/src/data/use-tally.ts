import { useMemo } from 'react'
import { session } from '../../../src/session.ts'
import { type Ledger, type Tally, tallyOf } from './ledger.ts'
import type { Meter } from './meter.ts'
import type { Witness } from './use-status.ts'

/** What the server says against what arrived, each time that the server said something, and when what was kept is there. */
export function useTally(witness: Witness, ledger: Ledger, meter: Meter): Tally {
  const known = ledger.ranges.length > 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: what arrived since is compared with the next word of the server
  return useMemo(() => {
    const { shown, emitted, total } = witness
    const topic = shown && session({ sessionId: shown.id }).name
    return tallyOf(emitted, ledger, (seq) => topic && meter.idAt(topic, seq), total)
  }, [witness, known, meter])
}
