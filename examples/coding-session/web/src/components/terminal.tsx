import { memo, useEffect, useRef, useState } from 'react'
import type { SessionState } from '../data/session-state.ts'
import { plural } from '../format.ts'
import { openTerminal, type TerminalFace } from '../terminal-face.ts'
import { Panel } from './panel.tsx'

interface TerminalPanelProps {
  readonly events: SessionState['events']
  /** Shows what was printed up to this seq; without it, all. */
  readonly upTo: number | undefined
  readonly lines: number
}

/** What the command prints. */
export const TerminalPanel = memo(function TerminalPanel({ events, upTo, lines }: TerminalPanelProps) {
  const place = useRef<HTMLDivElement>(null)
  const [face, setFace] = useState<TerminalFace>()

  useEffect(() => {
    if (!place.current) return undefined
    const opened = openTerminal(place.current)
    setFace(opened)
    return () => opened.close()
  }, [])
  useEffect(() => face?.show(events, upTo ?? Number.POSITIVE_INFINITY), [face, events, upTo])

  return (
    <Panel name="terminal" title="Terminal" note={lines > 0 ? plural(lines, 'line') : undefined}>
      <div className="screen" dir="ltr" ref={place} />
    </Panel>
  )
})
