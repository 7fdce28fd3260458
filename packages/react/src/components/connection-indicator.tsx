import { type ComponentPropsWithoutRef, type ReactElement, useEffect, useState } from 'react'
import { canRetry } from '../indicator/connection-kind.ts'
import { useShownConnection } from '../indicator/use-shown-connection.ts'
import { classNames } from './class-names.ts'
import { ConnectionWords } from './connection-words.tsx'
import { RetryButton } from './retry-button.tsx'
import { english, type Texts } from './texts.ts'

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
  const { connection, kind } = useShownConnection(graceMs)
  const [wasShown, setWasShown] = useState(false)
  useEffect(() => {
    if (kind !== 'live') setWasShown(true)
  }, [kind])
  return (
    <div {...rest} className={classNames('steadywire-connection', className)} data-state={kind}>
      <ConnectionWords {...{ connection, kind, texts }} whileLive={wasShown ? 'spoken' : 'silent'} />
      {canRetry(kind, connection) && (
        <RetryButton busy={kind === 'connecting'} text={texts.retry} retry={connection.retry} />
      )}
    </div>
  )
}
