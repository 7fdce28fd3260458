import type { Draft, WireEvent } from '@steadywire/core'
import { SteadywireError } from '@steadywire/core'
import type { Credentials } from './gateway-contract.ts'

/** What a client asks to do. The target of `read` and `append` is a topic, that of `command` the command's name. */
export type Action = 'read' | 'append' | 'command'

/** What one client may do, until it expires or is renewed. Made by an {@link Authoriser}. */
export interface Grant {
  /** Who it is: limits, revocation and the scope of keys go by it. Absent for anonymous clients. */
  readonly subject?: string
  /** When all of it ends, in ms since 1970. Absent: with the connection. */
  readonly expiresAt?: number
  /**
   * Asked before every attach, read of a topic that is not attached, append and command. Anything but `true` refuses;
   * throwing means "ask again later". For an append the drafts are there to be looked at, their `actor` for example.
   */
  may(action: Action, target: string, drafts?: readonly Draft[]): boolean | Promise<boolean>
  /** Hides single events from this client; their seqs are skipped. Must be quick: it is asked for every event. */
  visible?(event: WireEvent): boolean
  /**
   * The producer whose ids and keys this client's appends share. Default: the subject, so that no client can suppress
   * another's event by taking its key.
   */
  readonly scope?: string
}

/**
 * Says who a client is and what it may do. Called when a connection opens, when a token is renewed, and for each single
 * call. Rejects with kind `auth` (the token is not accepted), `refused` (nor will another be) or `retry`.
 */
export type Authoriser = (credentials: Credentials) => Grant | Promise<Grant>

const everything: Grant = { may: () => true }

/** Lets everybody read and append everything: for development, and for servers that are reached by nobody else. */
export function openAuthoriser(): Authoriser {
  return () => everything
}

/** @throws SteadywireError `invalid_option` unless somebody chose */
export function chosenAuthoriser(authorise: Authoriser | 'anyone' | undefined): Authoriser {
  if (authorise === 'anyone') return openAuthoriser()
  if (typeof authorise === 'function') return authorise
  throw new SteadywireError('invalid_option', 'The gateway was not told who may read and append', {
    hint: "Pass authorise: jwtAuthoriser({ … }) or a function of your own; 'anyone' lets everybody do everything.",
  })
}
