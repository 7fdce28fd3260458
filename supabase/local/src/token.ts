import { createHmac, timingSafeEqual } from 'node:crypto'

/** What a token says: `role` and `exp` for certain. */
export type Claims = Readonly<Record<string, unknown>> & { readonly role: string; readonly exp: number }

/** Why a token is not taken: the code and the words of Realtime. */
export interface Refusal {
  readonly code: 'InvalidJWTToken' | 'MalformedJWT' | 'JwtSignatureError'
  readonly message: string
}

export type Verified = { readonly claims: Claims } | { readonly refusal: Refusal }

export interface TokenOptions {
  readonly sub: string
  /** `authenticated` by default. */
  readonly role?: string
  /** 3,600 by default; negative: expired. Fractions are kept. */
  readonly expiresInS?: number
  readonly [claim: string]: unknown
}

export function signToken(secret: string, { expiresInS = 3600, ...claims }: TokenOptions, nowMs: number): string {
  const issued = nowMs / 1000
  const body = {
    aud: 'authenticated',
    role: 'authenticated',
    iat: Math.floor(issued),
    exp: issued + expiresInS,
    ...claims,
  }
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(body)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

export function verifyToken(secret: string, token: string, nowMs: number): Verified {
  const [head = '', body = '', signature = '', ...rest] = token.trim().split('.')
  const header = decode(head)
  const claims = decode(body)
  if (!header || !claims || rest.length > 0) return refuse('MalformedJWT', 'The token provided is not a valid JWT')
  const expected = createHmac('sha256', secret).update(`${head}.${body}`).digest()
  const given = Buffer.from(signature, 'base64url')
  if (header.alg !== 'HS256' || given.length !== expected.length || !timingSafeEqual(given, expected))
    return refuse('JwtSignatureError', 'Failed to validate JWT signature')
  const { role, exp } = claims
  if (typeof role !== 'string' || typeof exp !== 'number')
    return refuse('InvalidJWTToken', 'Fields `role` and `exp` are required in JWT')
  const agoMs = nowMs - exp * 1000
  if (agoMs >= 0) return refuse('InvalidJWTToken', `Token has expired ${Math.floor(agoMs / 1000)} seconds ago`)
  return { claims: { ...claims, role, exp } }
}

function refuse(code: Refusal['code'], message: string): Verified {
  return { refusal: { code, message } }
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

function decode(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
