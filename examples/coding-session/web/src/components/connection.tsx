import { type ConnectionView, useConnection } from '@steadywire/react'
import { type ReactElement, useEffect, useState } from 'react'

/** A change of wires takes a moment, which is nobody's worry. */
const patienceMs = 400

/** How the connection is doing, in a few words, and a way to try again at once. */
export function Connection(): ReactElement {
  const connection = useConnection()
  const [shown, setShown] = useState(connection)
  useEffect(() => {
    const timer = setTimeout(setShown, connection.state === 'online' ? 0 : patienceMs, connection)
    return () => clearTimeout(timer)
  }, [connection])
  const { state, nextTryInS, retry } = shown
  return (
    <p className="connection" data-state={state}>
      <span className="dot" aria-hidden="true" />
      <span>{textOf(shown)}</span>
      {(state === 'waiting' && nextTryInS !== undefined && nextTryInS > 1) || state === 'failed' ? (
        <button type="button" className="link" onClick={retry}>
          Try now
        </button>
      ) : null}
    </p>
  )
}

function textOf({ state, reason, nextTryInS }: ConnectionView): string {
  switch (state) {
    case 'online':
      return 'Connected'
    case 'waiting':
      return nextTryInS ? `Trying again in ${nextTryInS} s` : 'Trying again'
    case 'suspended':
      return reason === 'offline' ? 'Offline' : 'Paused'
    case 'failed':
      return 'Disconnected'
    case 'closed':
      return 'Closed'
    default:
      return 'Connecting…'
  }
}
