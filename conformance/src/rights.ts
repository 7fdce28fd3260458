import { type WireEvent, wireError } from '@steadywire/core'
import type { Authoriser } from '@steadywire/server'

/** Who may do what, as the suite decides it: the authoriser of every server under test. */
export interface Rights {
  readonly authorise: Authoriser
  /** A new token for `subject`, good for so long (default: for ever). */
  issue(subject?: string, goodForMs?: number): string
  /** From now on the token is refused. */
  revoke(token: string): void
  /** From now on nobody (or not `subject`) may read or append to the topic. */
  forbid(topic: string, subject?: string): void
  /** Events that no reader is shown. */
  hide(hidden: (event: WireEvent) => boolean): void
  /** Every token that was shown, in order. */
  readonly shown: readonly (string | undefined)[]
  /** How often a token was refused. */
  readonly refusals: number
  /** Refuses every client for good, whatever its token. */
  ban(): void
}

interface Issued {
  readonly subject: string
  readonly expiresAt: number | undefined
}

export function createRights(): Rights {
  const tokens = new Map<string, Issued>()
  const forbidden = new Set<string>()
  const shown: (string | undefined)[] = []
  let refusals = 0
  let banned = false
  let drawn = 0
  let isHidden: ((event: WireEvent) => boolean) | undefined
  const keyOf = (topic: string, subject = '*'): string => `${subject} ${topic}`

  return {
    authorise({ token }) {
      shown.push(token)
      if (banned) throw wireError('refused', 'forbidden', 'this client is not served')
      const issued = token === undefined ? { subject: 'anonymous', expiresAt: undefined } : tokens.get(token)
      if (!issued || (issued.expiresAt !== undefined && issued.expiresAt <= Date.now())) {
        refusals += 1
        throw wireError('auth', 'unauthenticated', 'the token is not accepted', token === undefined ? {} : { token })
      }
      return {
        subject: issued.subject,
        ...(issued.expiresAt !== undefined && { expiresAt: issued.expiresAt }),
        may: (_, topic) => !forbidden.has(keyOf(topic)) && !forbidden.has(keyOf(topic, issued.subject)),
        visible: (event) => !isHidden?.(event),
      }
    },
    issue(subject = 'reader', goodForMs) {
      drawn += 1
      const token = `token-${subject}-${drawn}`
      tokens.set(token, { subject, expiresAt: goodForMs === undefined ? undefined : Date.now() + goodForMs })
      return token
    },
    revoke: (token) => void tokens.delete(token),
    forbid: (topic, subject) => void forbidden.add(keyOf(topic, subject)),
    hide(hidden) {
      isHidden = hidden
    },
    shown,
    get refusals() {
      return refusals
    },
    ban() {
      banned = true
    },
  }
}
