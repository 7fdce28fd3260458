import type { Continuity, SteadywireError, Subscription, SubscriptionStatus } from '@steadywire/core'

/** How a subscription is doing, for display. */
export interface Followed {
  readonly status: SubscriptionStatus
  /** The verdict of the last attach, such as whether anything was missed; undefined before the first. */
  readonly continuity: Continuity | undefined
  /** Everything that the log has is here. False while it connects and replays, and after a failure. */
  readonly caughtUp: boolean
  /** What delayed or refused it. */
  readonly error: SteadywireError | undefined
}

export const notFollowed: Followed = { status: 'attaching', continuity: undefined, caughtUp: false, error: undefined }

export function followedBy({ status, continuity, error }: Subscription): Followed {
  return { status, continuity, caughtUp: status === 'live' || status === 'ended', error }
}
