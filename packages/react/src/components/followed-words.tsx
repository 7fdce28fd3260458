import type { SteadywireError, SubscriptionStatus } from '@steadywire/core'
import type { ReactElement } from 'react'
import type { Texts } from './texts.ts'

export interface FollowedWordsProps {
  readonly name: string
  readonly status: SubscriptionStatus
  readonly error: SteadywireError | undefined
  /** There is no connection: it can't be catching up. */
  readonly isCutOff: boolean
  readonly texts: Texts
}

type FollowedKind = 'caught-up' | 'catching-up' | 'cut-off' | 'delayed' | 'refused' | 'ended'

const kinds: Readonly<Record<SubscriptionStatus, FollowedKind>> = {
  attaching: 'catching-up',
  replaying: 'catching-up',
  live: 'caught-up',
  delayed: 'delayed',
  refused: 'refused',
  ended: 'ended',
  detached: 'ended',
}

/** How following one thing goes. Only what went wrong is read out by itself. */
export function FollowedWords({ name, status, error, isCutOff, texts }: FollowedWordsProps): ReactElement {
  const kind = isCutOff && status === 'attaching' ? 'cut-off' : kinds[status]
  const words: Readonly<Record<FollowedKind, string>> = {
    'caught-up': texts.caughtUp,
    'catching-up': texts.catchingUp,
    'cut-off': texts.cutOff,
    delayed: texts.delayed,
    refused: texts.refused,
    ended: texts.ended,
  }
  const problem = (kind === 'delayed' || kind === 'refused') && error
  return (
    <span className="steadywire-followed" data-state={kind}>
      <span className="steadywire-followed-name">{name}</span>{' '}
      <span className="steadywire-followed-state">{words[kind]}</span>{' '}
      <span role="status" className="steadywire-problem">
        {problem && <bdi>{texts.problem(problem)}</bdi>}
      </span>
    </span>
  )
}
