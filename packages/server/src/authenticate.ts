import { isWireError, wireError } from '@steadywire/core'
import type { Grant } from './authorise.ts'
import type { Credentials } from './gateway-contract.ts'
import type { GatewayParts } from './parts.ts'
import { withoutToken } from './without-token.ts'

/**
 * Asks the authoriser. Neither it nor its grant hangs, and no error of theirs tells the token.
 * @throws WireError as the authoriser says; `unavailable` if it failed otherwise
 */
export async function authenticate(parts: GatewayParts, credentials: Credentials): Promise<Grant> {
  const { authorise, deadlines, counters, observe } = parts
  const { token } = credentials
  const quietly = async <T>(call: () => T | Promise<T>): Promise<T> => {
    try {
      return await deadlines.within('The authoriser', (async () => call())())
    } catch (thrown) {
      throw withoutToken(thrown, token)
    }
  }
  try {
    const grant = checkGrant(await quietly(() => authorise(credentials)))
    const { visible } = grant
    return {
      ...(grant.subject !== undefined && { subject: grant.subject }),
      ...(grant.expiresAt !== undefined && { expiresAt: grant.expiresAt }),
      ...(grant.scope !== undefined && { scope: grant.scope }),
      ...(visible && { visible: (event) => visible.call(grant, event) }),
      may: (action, target, drafts) => quietly(() => grant.may(action, target, drafts)),
    }
  } catch (thrown) {
    if (isWireError(thrown) && thrown.code !== 'deadline') throw thrown
    const error = wireError('retry', 'unavailable', 'The client could not be authorised', { cause: thrown })
    counters.failures++
    observe({ kind: 'failed', error })
    throw error
  }
}

/** What is no grant must not be taken for one that never ends (D10). */
function checkGrant(grant: Grant): Grant {
  const { subject, expiresAt, scope, may } = grant
  if (typeof may !== 'function') throw new TypeError('The authoriser granted nothing: may is not a function')
  if (expiresAt !== undefined && !(expiresAt >= 0)) throw new TypeError(`The grant's expiresAt is ${expiresAt}`)
  for (const [name, value] of Object.entries({ subject, scope }))
    if (value !== undefined && typeof value !== 'string') throw new TypeError(`The grant's ${name} is not a text`)
  return grant
}
