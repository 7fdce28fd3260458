import { Fragment, type ReactElement } from 'react'
import { type ConnectionKind, connectionText } from '../indicator/connection-kind.ts'
import type { ConnectionView } from '../use-connection.ts'
import type { Texts } from './texts.ts'
import { visuallyHidden } from './visually-hidden.ts'

export interface ConnectionWordsProps {
  readonly connection: ConnectionView
  readonly kind: ConnectionKind
  readonly texts: Texts
  /** Whether what is said while it is live can be seen, or is said to screen readers only, or not at all. */
  readonly whileLive: 'seen' | 'spoken' | 'silent'
}

/** What the connection does, in a live region, and the seconds until the next try, outside of it. */
export function ConnectionWords({ connection, kind, texts, whileLive }: ConnectionWordsProps): ReactElement {
  const isLive = kind === 'live'
  const { nextTryInS } = connection
  return (
    <Fragment>
      {/* Always there: screen readers tell what changes in a live region, not that one appears. */}
      <span
        role="status"
        className="steadywire-text"
        style={isLive && whileLive !== 'seen' ? visuallyHidden : undefined}
      >
        {isLive && whileLive === 'silent' ? null : connectionText(kind, connection, texts)}
      </span>
      {kind === 'waiting' && nextTryInS !== undefined && (
        <span role="timer" className="steadywire-countdown">
          {texts.nextTry(nextTryInS)}
        </span>
      )}
    </Fragment>
  )
}
