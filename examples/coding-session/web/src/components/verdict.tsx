import type { ReactElement } from 'react'
import type { Tally } from '../data/ledger.ts'
import { useStalled } from '../data/use-stalled.ts'
import { verdictOf } from '../data/verdict.ts'
import { Icon, type IconName } from './icons.tsx'

interface VerdictProps {
  readonly tally: Tally
  readonly reachable: boolean
  readonly ended: boolean
}

/** In normal flow an event is under way for less. */
const patienceMs = 600

const icons: Readonly<Record<string, IconName>> = { clean: 'check', bad: 'cross' }

/** The counters in one sentence. */
export function Verdict({ tally, reachable, ended }: VerdictProps): ReactElement {
  const stalled = useStalled(tally.awaited, patienceMs)
  const { state, text } = verdictOf(tally, { reachable, ended, stalled })
  const icon = icons[state]
  return (
    <p className="verdict" data-state={state}>
      {icon && <Icon name={icon} />}
      {text}
    </p>
  )
}
