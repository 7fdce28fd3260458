import {
  type Clock,
  type Draft,
  messageOf,
  SteadywireError,
  systemClock,
  type WireError,
  type WireEvent,
  wireError,
} from '@steadywire/core'
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose'
import type { Action, Authoriser, Grant } from './authorise.ts'
import { expired } from './refusals.ts'

const keysCooldownMs = 5000

interface JwtRules {
  /** Who the token must be made for (`aud`). Set it wherever one issuer serves several systems. */
  readonly audience?: string | readonly string[]
  /** Who must have made it (`iss`). */
  readonly issuer?: string | readonly string[]
  /** By how much a token may be from the future (`nbf`), ms: clocks differ. Default 5,000. `exp` is kept exactly. */
  readonly clockToleranceMs?: number
  /** What a token's owner may do. Default {@link claimRights}: what its claim `steadywire` lists. */
  readonly may?: (
    claims: JWTPayload,
    action: Action,
    target: string,
    drafts?: readonly Draft[],
  ) => boolean | Promise<boolean>
  /** Hides single events from a token's owner. */
  readonly visible?: (claims: JWTPayload, event: WireEvent) => boolean
  readonly clock?: Clock
}

export type JwtOptions = JwtRules &
  (
    | {
        /** The shared secret of HS256, 32 bytes or more. */
        readonly secret: string | Uint8Array
      }
    | {
        /** The issuer's public keys: where they are published, or the set itself. */
        readonly jwks: string | URL | JSONWebKeySet
        /** The only algorithms that are accepted. Default `['ES256', 'RS256', 'EdDSA']`. */
        readonly algorithms?: readonly string[]
      }
  )

/**
 * Takes the rights of a client from its JSON Web Token: `sub` is the subject, and all rights end with `exp`. A token
 * without `exp` is good for as long as its connection lasts. Published keys are fetched when first needed and kept, and
 * again when a token names a key that is not among them, but not more often than every 5 s; while they can't be had,
 * clients are told to try later.
 *
 * @example
 * createGateway({ log, authorise: jwtAuthoriser({ secret, audience: 'live', may: (claims, action, target) =>
 *   action === 'read' && target === `user:${claims.sub}` }) })
 * @throws SteadywireError `invalid_option` for a secret that is too short or a key set that is none
 */
export function jwtAuthoriser(options: JwtOptions): Authoriser {
  const { clock = systemClock, may = claimRights(), visible } = options
  const verify = 'secret' in options ? bySecret(options.secret) : byKeySet(options.jwks, options.algorithms)
  const { clockToleranceMs = 5000 } = options
  if (!(clockToleranceMs >= 0))
    throw new SteadywireError('invalid_option', `clockToleranceMs is ${clockToleranceMs}`, {
      hint: 'Give milliseconds, 0 or more.',
    })
  const rules: JwtVerifyRules = {
    clockTolerance: clockToleranceMs / 1000,
    ...(options.audience !== undefined && { audience: listOf(options.audience) }),
    ...(options.issuer !== undefined && { issuer: listOf(options.issuer) }),
  }
  return async ({ token }) => {
    if (!token) throw unauthenticated('There is no token')
    const claims = await verified(verify, token, { ...rules, currentDate: new Date(clock.wall()) })
    const expiresAt = claims.exp === undefined ? undefined : claims.exp * 1000
    if (expiresAt !== undefined && expiresAt <= clock.wall()) throw expired()
    if (claims.sub !== undefined && typeof claims.sub !== 'string') throw unauthenticated('The claim sub is not a text')
    const grant: Grant = { may: (action, target, drafts) => may(claims, action, target, drafts) }
    return {
      ...grant,
      ...(claims.sub !== undefined && { subject: claims.sub }),
      ...(expiresAt !== undefined && { expiresAt }),
      ...(visible && { visible: (event: WireEvent) => visible(claims, event) }),
    }
  }
}

/**
 * Rights as a claim lists them: `{ "read": ["job:*"], "append": ["chat:7"], "command": [] }`. A `*` at the end stands
 * for anything; what is not listed is refused.
 */
export function claimRights(claim = 'steadywire'): (claims: JWTPayload, action: Action, target: string) => boolean {
  return (claims, action, target) => {
    const rights = claims[claim]
    const patterns: unknown = isRecord(rights) && Object.hasOwn(rights, action) ? rights[action] : undefined
    if (!Array.isArray(patterns)) return false
    return patterns.some((pattern) => typeof pattern === 'string' && fits(pattern, target))
  }
}

function fits(pattern: string, target: string): boolean {
  return pattern.endsWith('*') ? target.startsWith(pattern.slice(0, -1)) : target === pattern
}

type JwtVerifyRules = Pick<JWTVerifyOptions, 'clockTolerance' | 'audience' | 'issuer' | 'currentDate'>
type Verify = (token: string, rules: JwtVerifyRules) => Promise<{ readonly payload: JWTPayload }>

function bySecret(secret: string | Uint8Array): Verify {
  const key = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret
  if (key.length < 32)
    throw new SteadywireError('invalid_option', `A secret of ${key.length} bytes is too short for HS256`, {
      hint: 'Use 32 random bytes or more.',
    })
  return (token, rules) => jwtVerify(token, key, { ...rules, algorithms: ['HS256'] })
}

function byKeySet(
  jwks: string | URL | JSONWebKeySet,
  algorithms: readonly string[] = ['ES256', 'RS256', 'EdDSA'],
): Verify {
  if (algorithms.some((algorithm) => algorithm.startsWith('HS') || algorithm === 'none'))
    throw new SteadywireError('invalid_option', 'Published keys can only be used with asymmetric algorithms', {
      hint: "Leave HS… and none out; for a shared secret use the option 'secret'.",
    })
  const keys = keySet(jwks)
  return async (token, rules) => {
    const { coolingDown = false } = keys
    try {
      return await jwtVerify(token, keys, { ...rules, algorithms: [...algorithms] })
    } catch (thrown) {
      if (coolingDown && thrown instanceof errors.JWKSNoMatchingKey) throw keysTooOld()
      throw thrown
    }
  }
}

/** `coolingDown`: published keys were fetched a moment ago, and are not fetched again whatever a token names. */
type KeySet = JWTVerifyGetKey & { readonly coolingDown?: boolean }

function keySet(jwks: string | URL | JSONWebKeySet): KeySet {
  try {
    if (typeof jwks === 'string' || jwks instanceof URL)
      return createRemoteJWKSet(new URL(jwks), { cooldownDuration: keysCooldownMs })
    return createLocalJWKSet(jwks)
  } catch (thrown) {
    throw new SteadywireError('invalid_option', `The key set can't be used: ${messageOf(thrown)}`, {
      cause: thrown,
      hint: 'Pass the URL of a JSON Web Key Set, or the set: { keys: [ … ] }.',
    })
  }
}

async function verified(verify: Verify, token: string, rules: JwtVerifyRules): Promise<JWTPayload> {
  try {
    return (await verify(token, rules)).payload
  } catch (thrown) {
    if (thrown instanceof errors.JWTExpired) throw expired()
    if (isTokensFault(thrown)) throw unauthenticated(`The token was refused: ${messageOf(thrown)}`)
    throw thrown
  }
}

/** Everything else is a failure to get the keys, for which no token can be blamed. */
function isTokensFault(thrown: unknown): boolean {
  if (!(thrown instanceof errors.JOSEError)) return false
  return /^ERR_(JWT|JWS|JWE|JOSE_ALG|JOSE_NOT|JWKS_NO|JWKS_MULTIPLE)/.test(thrown.code)
}

/** Without the cause: it holds the claims. */
function unauthenticated(message: string): WireError {
  return wireError('auth', 'unauthenticated', message, {
    hint: 'Connect with a fresh token from the issuer that this server trusts.',
  })
}

/** The key may be a new one: that is not the fault of who comes with it. */
function keysTooOld(): WireError {
  return wireError('retry', 'unavailable', 'The key of the token is not known yet', { retryAfterMs: keysCooldownMs })
}

function listOf(value: string | readonly string[]): string[] {
  return typeof value === 'string' ? [value] : [...value]
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
