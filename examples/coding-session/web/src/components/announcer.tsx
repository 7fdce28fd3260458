import { type ConnectionView, useConnection } from '@steadywire/react'
import { type ReactElement, useEffect, useState } from 'react'
import { phaseNames, type View } from '../data/view.ts'

/** What lasted shorter is not worth a sentence. */
const settledMs = 1500

/** Tells who can't see it what matters, and only once it has settled: the connection, and how the session is doing. */
export function Announcer({
  phase,
  wire,
}: {
  readonly phase: View['phase']
  readonly wire: string | undefined
}): ReactElement {
  const { state } = useConnection()
  const text = [
    state === 'online' ? `Connected${wire === undefined ? '' : ` by ${wire}`}.` : stateTexts[state],
    phase && `Session: ${phaseNames[phase]}.`,
  ]
    .filter(Boolean)
    .join(' ')
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

const stateTexts: Readonly<Record<ConnectionView['state'], string>> = {
  idle: 'Not connected.',
  connecting: 'Connecting.',
  online: 'Connected.',
  waiting: 'Connection lost. It is tried again.',
  suspended: 'Offline.',
  failed: 'Disconnected.',
  closed: 'Disconnected.',
}
