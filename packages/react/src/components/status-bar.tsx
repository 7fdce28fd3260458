import type { ComponentPropsWithoutRef, ReactElement } from 'react'
import type { Followed } from '../followed.ts'
import { canRetry } from '../indicator/connection-kind.ts'
import { useShownConnection } from '../indicator/use-shown-connection.ts'
import { classNames } from './class-names.ts'
import { ConnectionWords } from './connection-words.tsx'
import { FollowedWords } from './followed-words.tsx'
import { RetryButton } from './retry-button.tsx'
import { english, type Texts } from './texts.ts'

export interface StatusBarProps extends Omit<ComponentPropsWithoutRef<'div'>, 'children'> {
  /** What hooks such as `useEvents` and `useLive` answered, by the name that readers know it by; in this order. */
  readonly followed?: Readonly<Record<string, Followed>>
  /** Trouble of the connection that is over sooner is not shown, ms. Default 300. */
  readonly graceMs?: number
  readonly texts?: Partial<Texts>
}

/**
 * Shows the connection, and whether what is followed is caught up; what failed says why and what to do, and can be tried again. Its `data-state`
 * is that of `ConnectionIndicator`; each name has one of `caught-up`, `catching-up`, `cut-off`, `delayed`, `refused` and `ended`.
 *
 * @example
 * const jobs = useLive(…), chat = useEvents(…)
 * <StatusBar followed={{ Jobs: jobs, Chat: chat }} />
 */
export function StatusBar({
  followed = {},
  graceMs = 300,
  texts: more,
  className,
  ...rest
}: StatusBarProps): ReactElement {
  const texts = { ...english, ...more }
  const { connection, kind } = useShownConnection(graceMs)
  const all = Object.entries(followed)
  const isRefused = all.some(([, { status }]) => status === 'refused')
  return (
    <div {...rest} className={classNames('steadywire-status', className)} data-state={kind}>
      <span className="steadywire-status-connection" data-state={kind}>
        <ConnectionWords {...{ connection, kind, texts }} whileLive="seen" />
        {kind === 'failed' && connection.error && (
          <span className="steadywire-problem">
            <bdi>{texts.problem(connection.error)}</bdi>
          </span>
        )}
      </span>
      {all.map(([name, { status, error }]) => (
        <FollowedWords key={name} {...{ name, status, error, texts }} isCutOff={kind !== 'live'} />
      ))}
      {(canRetry(kind, connection) || isRefused) && (
        <RetryButton busy={kind === 'connecting'} text={texts.retry} retry={connection.retry} />
      )}
    </div>
  )
}
