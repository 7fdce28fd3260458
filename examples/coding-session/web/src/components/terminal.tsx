import { type ReactElement, useEffect, useRef, useState } from 'react'
import type { SessionState } from '../data/session-state.ts'
import { linesIn } from '../data/view.ts'
import { plural } from '../format.ts'
import { openTerminal, type TerminalFace } from '../terminal-face.ts'
import { Panel } from './panel.tsx'

/** What the command prints, up to a place in the session. */
export function TerminalPanel({
  events,
  upTo,
}: {
  readonly events: SessionState['events']
  readonly upTo: number
}): ReactElement {
  const place = useRef<HTMLDivElement>(null)
  const [face, setFace] = useState<TerminalFace>()

  useEffect(() => {
    if (!place.current) return undefined
    const opened = openTerminal(place.current)
    setFace(opened)
    return () => opened.close()
  }, [])
  useEffect(() => face?.show(events, upTo), [face, events, upTo])

  const lines = events.reduce(
    (sum, event) => (event.type === 'terminal' && event.seq <= upTo ? sum + linesIn(event.data.output) : sum),
    0,
  )
  return (
    <Panel name="terminal" title="Terminal" note={lines > 0 ? plural(lines, 'line') : undefined}>
      <div className="screen" dir="ltr" ref={place} />
    </Panel>
  )
}
