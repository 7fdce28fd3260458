import { createHmac } from 'node:crypto'
import { type Claims, type Verified, verifyToken } from './token.ts'

/** The keys and the secret of a project: who may connect, and as which role without a token of a user. */
export interface Keys {
  readonly publishableKey: string
  readonly secretKey: string
  readonly jwtSecret: string
}

/** The same secret has the same keys. */
export function keysOf(jwtSecret: string): Keys {
  const key = (kind: string) => `sb_${kind}_${createHmac('sha256', jwtSecret).update(kind).digest('hex').slice(0, 24)}`
  return { publishableKey: key('publishable'), secretKey: key('secret'), jwtSecret }
}

const never = Number.MAX_SAFE_INTEGER / 1000

/** What a key or a token stands for. */
export function claimsOf(keys: Keys, token: string, nowMs: number): Verified {
  if (token === keys.publishableKey) return { claims: ofRole('anon') }
  if (token === keys.secretKey) return { claims: ofRole('service_role') }
  return verifyToken(keys.jwtSecret, token, nowMs)
}

const ofRole = (role: string): Claims => ({ role, exp: never })
