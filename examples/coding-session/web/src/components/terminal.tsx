import { memo, useEffect, useRef, useState } from 'react'
import type { SessionState } from '../data/session-state.ts'
import { clock, plural } from '../format.ts'
import { openTerminal, type TerminalFace } from '../terminal-face.ts'
import { Panel } from './panel.tsx'

interface TerminalPanelProps {
  readonly events: SessionState['events']
  /** Shows what was printed up to this seq; without it, all. */
  readonly upTo: number | undefined
  readonly lines: number
  /** Since the start, ms: what was printed before is not kept. */
  readonly keptFrom: number | undefined
}

/** What the command prints. */
export const TerminalPanel = memo(function TerminalPanel({ events, upTo, lines, keptFrom }: TerminalPanelProps) {
  const place = useRef<HTMLDivElement>(null)
  const [face, setFace] = useState<TerminalFace>()

  useEffect(() => {
    if (!place.current) return undefined
    const opened = openTerminal(place.current)
    setFace(opened)
    return () => opened.close()
  }, [])
  useEffect(() => face?.show(events, upTo ?? Number.POSITIVE_INFINITY), [face, events, upTo])

  const from = keptFrom === undefined ? '' : ` · kept from ${clock(keptFrom)} on`
  const blank = !events.some(({ type, seq }) => type === 'terminal' && seq <= (upTo ?? seq))
  return (
    <Panel name="terminal" title="Terminal" note={lines > 0 ? `${plural(lines, 'line')}${from}` : undefined}>
      {blank && (
        <p className="empty">
          {lines > 0 ? 'What was printed so far is not kept.' : 'What the command prints appears here.'}
        </p>
      )}
      <div className="screen" dir="ltr" ref={place} />
    </Panel>
  )
})
