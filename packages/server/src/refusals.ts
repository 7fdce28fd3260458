import { type WireError, wireError } from '@steadywire/core'
import type { Action } from './authorise.ts'

export function refused(code: WireError['code'], message: string, hint: string): WireError {
  return wireError('refused', code, message, { hint })
}

export function expired(): WireError {
  return wireError('auth', 'unauthenticated', 'The token has expired', {
    hint: 'Renew it, or connect with a fresh one.',
  })
}

export function forbidden(action: Action, target: string): WireError {
  const what = action === 'read' ? 'read' : action === 'append' ? 'append to' : 'run the command'
  return refused('forbidden', `This client may not ${what} ${target}`, 'Check what the authoriser grants this subject.')
}

export function revoked(): WireError {
  return wireError('auth', 'unauthenticated', 'The right to be connected was taken back', { hint: 'Sign in again.' })
}

export function otherSubject(): WireError {
  return wireError('auth', 'forbidden', 'The fresh token is of another subject', {
    hint: 'Open a new connection to become somebody else.',
  })
}

export function tooManyTopics(max: number): WireError {
  return refused(
    'limit_reached',
    `${max} topics are all that one connection may follow`,
    'Unsubscribe from some, or raise limits.topicsPerConnection of the gateway.',
  )
}

export function detached(topic: string): WireError {
  return wireError('retry', 'unsubscribed', `${topic} was detached`, { topic })
}

/** The client takes nothing of what waits for it. */
export function stalled(): WireError {
  return wireError('retry', 'connection_lost', 'The client took nothing for a long time', {
    hint: 'Connect again: nothing is lost, the log has it.',
  })
}
