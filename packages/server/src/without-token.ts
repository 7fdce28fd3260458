import { isWireError, wireError } from '@steadywire/core'

const instead = '[token]'
/** Errors can be their own cause. */
const maxDepth = 5

/**
 * What an authoriser threw, as it may be observed, logged and thrown: a copy in which the token does not occur. Errors
 * keep their name, message, stack and cause; other properties, such as a request with its headers, are left out.
 */
export function withoutToken(thrown: unknown, token: string | undefined): unknown {
  if (!token) return thrown
  const inUrl = new URLSearchParams({ token }).toString().slice('token='.length)
  const forms = [token, inUrl, JSON.stringify(token).slice(1, -1)]
  return copy(thrown, (text) => forms.reduce((left, form) => left.replaceAll(form, instead), text), 0)
}

function copy(thrown: unknown, hide: (text: string) => string, depth: number): unknown {
  if (!(thrown instanceof Error)) return hide(String(thrown))
  const deeper = thrown.cause !== undefined && depth < maxDepth
  const cause = deeper ? { cause: copy(thrown.cause, hide, depth + 1) } : {}
  if (isWireError(thrown)) {
    const { kind, code, message, hint, retryAfterMs } = thrown
    return wireError(kind, code, hide(message), {
      ...cause,
      ...(hint !== undefined && { hint: hide(hint) }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    })
  }
  const error = new Error(hide(thrown.message), cause)
  error.name = hide(thrown.name)
  if (thrown.stack !== undefined) error.stack = hide(thrown.stack)
  return error
}
