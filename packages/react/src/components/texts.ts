import type { Gap, SteadywireError } from '@steadywire/core'
import { type ConnectionTexts, englishConnection } from '../indicator/texts.ts'

/** Every word that the components say. Give those that you want otherwise as their prop `texts`. */
export interface Texts extends ConnectionTexts {
  /** What is followed. */
  readonly caughtUp: string
  readonly catchingUp: string
  /** As it was when the connection was lost. */
  readonly cutOff: string
  /** It failed, and is tried again by itself. */
  readonly delayed: string
  readonly refused: string
  /** Nothing more will come. */
  readonly ended: string
  /** Stands with `failed`, `delayed` and `refused`: what happened, and what to do. */
  readonly problem: (error: SteadywireError) => string

  /** The list of events, as screen readers call it. */
  readonly events: string
  readonly gap: (gap: Gap) => string
  readonly loadingOlder: string
  /** Said to screen readers, once, when events come while the reader is somewhere above. */
  readonly newEvents: string
  /** On the button that leads back to the end; `count` came since the reader left it. */
  readonly toEnd: (count: number) => string
}

export const english: Texts = {
  ...englishConnection,

  caughtUp: 'Up to date',
  catchingUp: 'Catching up…',
  cutOff: 'Not live',
  delayed: 'Delayed',
  refused: 'Refused',
  ended: 'Complete',
  problem: ({ message, hint }) => (hint ? `${message}. ${hint}` : message),

  events: 'Events',
  gap({ reason, from, to }) {
    if (reason !== 'trimmed' || from.epoch !== to.epoch) return 'Some events could not be had'
    const count = to.seq - from.seq
    return count === 1 ? '1 event is no longer kept' : `${count} events are no longer kept`
  },
  loadingOlder: 'Loading older events…',
  newEvents: 'New events below',
  toEnd: (count) => (count === 0 ? 'To the end' : `${count} new`),
}
