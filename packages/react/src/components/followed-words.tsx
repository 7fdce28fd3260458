import type { SteadywireError, SubscriptionStatus } from '@steadywire/core'
import type { ReactElement } from 'react'
import type { Texts } from './texts.ts'

export interface FollowedWordsProps {
  readonly name: string
  readonly status: SubscriptionStatus
  readonly error: SteadywireError | undefined
  readonly texts: Texts
}

type FollowedKind = 'caught-up' | 'catching-up' | 'delayed' | 'refused' | 'ended'

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
export function FollowedWords({ name, status, error, texts }: FollowedWordsProps): ReactElement {
  const kind = kinds[status]
  const words: Readonly<Record<FollowedKind, string>> = {
    'caught-up': texts.caughtUp,
    'catching-up': texts.catchingUp,
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
        {problem && texts.problem(problem)}
      </span>
    </span>
  )
}
