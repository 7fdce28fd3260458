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

export function createTokens({ token }: Identity): Tokens {
  if (token !== undefined && typeof token !== 'string' && typeof token !== 'function')
    throw new SteadywireError('invalid_option', 'identity.token is neither a text nor a function')
  let known: { readonly token: string | undefined } | undefined = typeof token === 'function' ? undefined : { token }
  let asking: Promise<string | undefined> | undefined

  const ask = (refresh: boolean): Promise<string | undefined> => {
    if (typeof token !== 'function') return Promise.resolve(token)
    asking ??= Promise.resolve()
      .then(() => token({ refresh }))
      .then(
        (fresh) => {
          known = { token: fresh }
          return fresh
        },
        (cause: unknown) => {
          throw wireError('retry', 'unavailable', 'No token could be had', {
            cause,
            hint: 'The function in identity.token threw; see cause.',
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
