import type { SteadywireError } from '@steadywire/core'

/** Every word that an indicator of the connection says. */
export interface ConnectionTexts {
  /** Said to screen readers only, when what was shown before is over. */
  readonly live: string
  readonly connecting: string
  /** While it tries again, and while it waits for the next try. */
  readonly reconnecting: string
  /** Stands after `reconnecting`; never read out by itself. */
  readonly nextTry: (seconds: number) => string
  readonly offline: string
  /** Suspended by the app, or because it is in the background. */
  readonly paused: string
  /** It does not try again by itself. */
  readonly failed: (error: SteadywireError | undefined) => string
  readonly closed: string
  readonly retry: string
}

export const englishConnection: ConnectionTexts = {
  live: 'Connected',
  connecting: 'Connecting…',
  reconnecting: 'Reconnecting…',
  nextTry: (seconds) => `in ${seconds} s`,
  offline: 'You are offline',
  paused: 'Paused',
  failed: () => 'Disconnected',
  closed: 'Disconnected',
  retry: 'Try now',
}
