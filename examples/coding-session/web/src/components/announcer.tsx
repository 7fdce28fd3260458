import { type ReactElement, useEffect, useState } from 'react'
import { phaseNames, type View } from '../data/view.ts'

/** What lasted shorter is not worth a sentence. */
const settledMs = 1500

interface AnnouncerProps {
  readonly phase: View['phase']
  readonly wire: string | undefined
}

/** Tells who can't see it, once it has settled, how the session is doing and which wire brings it. */
export function Announcer({ phase, wire }: AnnouncerProps): ReactElement {
  const text = [phase && `The session: ${phaseNames[phase]}.`, wire && `It comes by ${wire}.`].filter(Boolean).join(' ')
  const [said, setSaid] = useState('')
  useEffect(() => {
    const timer = setTimeout(setSaid, settledMs, text)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <p role="status" className="hidden">
      {said}
    </p>
  )
}
