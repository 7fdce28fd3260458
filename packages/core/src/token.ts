import type { Clock } from './clock.ts'
import { withDeadline } from './deadline.ts'
import { SteadywireError, wireError } from './errors.ts'

/** Asked for a token. `refresh`: the one it gave before is refused or about to expire, so a new one is needed. */
export type TokenSource = (context: { readonly refresh: boolean }) => string | undefined | Promise<string | undefined>

/** Who the subscriber is. */
export interface Identity {
  /** Names the user; cursors are kept apart by it. */
  readonly subject?: string
  /** A token, or a function that gives one. Only a function can give a fresh one when it expires. */
  readonly token?: string | TokenSource
}

/** Holds the current token: one refresh at a time, however many ask. */
export interface Tokens {
  readonly refreshable: boolean
  current(): Promise<string | undefined>
  refresh(): Promise<string | undefined>
  /** Whether `token` is known not to be the current one. */
  isOutdated(token: string | undefined): boolean
}

/** @param deadlineMs A source that takes longer counts as failed: one that hangs must not block all later tries. */
export function createTokens({ token }: Identity, clock: Clock, deadlineMs: number): Tokens {
  if (token !== undefined && typeof token !== 'string' && typeof token !== 'function')
    throw new SteadywireError('invalid_option', 'identity.token is neither a text nor a function')
  let known: { readonly token: string | undefined } | undefined = typeof token === 'function' ? undefined : { token }
  let asking: Promise<string | undefined> | undefined

  const ask = (refresh: boolean): Promise<string | undefined> => {
    if (typeof token !== 'function') return Promise.resolve(token)
    const source = async (): Promise<string | undefined> => token({ refresh })
    asking ??= withDeadline(clock, deadlineMs, 'identity.token', source())
      .then(
        (fresh) => {
          known = { token: fresh }
          return fresh
        },
        (cause: unknown) => {
          throw wireError('retry', 'unavailable', 'No token could be had', {
            cause,
            hint: 'The function in identity.token threw, or did not answer; see cause.',
          })
        },
      )
      .finally(() => {
        asking = undefined
      })
    return asking
  }

  return {
    refreshable: typeof token === 'function',
    current: () => (known ? Promise.resolve(known.token) : ask(false)),
    refresh: () => ask(true),
    isOutdated: (refused) => refused !== undefined && known !== undefined && refused !== known.token,
  }
}
