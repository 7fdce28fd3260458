import type { ReactElement } from 'react'
import type { Tally } from '../data/ledger.ts'
import { plural } from '../format.ts'
import { Icon } from './icons.tsx'

/** The counters in one sentence. */
export function Verdict({ tally, ended }: { readonly tally: Tally; readonly ended: boolean }): ReactElement {
  const { emitted, underWay, lost, repeated, disordered } = tally
  const clean = lost + repeated + disordered === 0
  const state = !clean ? 'bad' : underWay > 0 ? 'under-way' : emitted === 0 ? 'empty' : 'clean'
  const texts = {
    bad: 'Not every event arrived once and in order.',
    'under-way': `${plural(underWay, 'event')} on the way. Nothing is lost.`,
    empty: 'Nothing was emitted yet.',
    clean: ended ? 'All of it arrived, once and in order.' : 'Every event so far arrived, once and in order.',
  }
  return (
    <p className="verdict" data-state={state}>
      {state !== 'empty' && <Icon name={clean ? 'check' : 'cross'} />}
      {texts[state]}
    </p>
  )
}
