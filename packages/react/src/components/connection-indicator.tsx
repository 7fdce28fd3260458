import { type ComponentPropsWithoutRef, type ReactElement, useEffect, useState } from 'react'
import { useConnection } from '../use-connection.ts'
import { classNames } from './class-names.ts'
import { canRetry, connectionText, kindOf } from './connection-kind.ts'
import { RetryButton } from './retry-button.tsx'
import { english, type Texts } from './texts.ts'
import { useLasting } from './use-lasting.ts'
import { visuallyHidden } from './visually-hidden.ts'

export interface ConnectionIndicatorProps extends Omit<ComponentPropsWithoutRef<'div'>, 'children'> {
  /** Trouble that is over sooner is not shown, ms. Default 300. */
  readonly graceMs?: number
  readonly texts?: Partial<Texts>
}

/**
 * Shows that the connection is not live, and nothing while it is: what is wrong, the seconds until the next try, and a button that tries
 * now. Its `data-state` is `live`, `connecting`, `waiting`, `offline`, `paused`, `failed` or `closed`. With `data-floating` the stylesheet puts it
 * into the upper corner at the end of the line.
 *
 * @example
 * <ConnectionIndicator data-floating />
 */
export function ConnectionIndicator({
  graceMs = 300,
  texts: more,
  className,
  ...rest
}: ConnectionIndicatorProps): ReactElement {
  const texts = { ...english, ...more }
  const connection = useConnection()
  const { nextTryInS, retry } = connection
  const actual = kindOf(connection)
  const kind = useLasting(actual !== 'live', graceMs) ? actual : 'live'
  const [wasShown, setWasShown] = useState(false)
  useEffect(() => {
    if (kind !== 'live') setWasShown(true)
  }, [kind])
  const isLive = kind === 'live'
  return (
    <div {...rest} className={classNames('steadywire-connection', className)} data-state={kind}>
      {/* Always there: screen readers tell what changes in a live region, not that one appears. */}
      <span role="status" className="steadywire-connection-text" style={isLive ? visuallyHidden : undefined}>
        {isLive && !wasShown ? null : connectionText(kind, connection, texts)}
      </span>
      {kind === 'waiting' && nextTryInS !== undefined && (
        <span role="timer" className="steadywire-countdown">
          {texts.nextTry(nextTryInS)}
        </span>
      )}
      {canRetry(kind, connection) && <RetryButton busy={kind === 'connecting'} text={texts.retry} retry={retry} />}
    </div>
  )
}
