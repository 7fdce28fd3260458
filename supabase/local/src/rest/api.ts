import type { Clock } from '../clock.ts'
import { claimsOf, type Keys } from '../keys.ts'
import type { Database } from '../postgres/database.ts'
import type { Claims } from '../token.ts'
import type { Lite } from './lite.ts'
import { callFunction } from './rpc.ts'

/** `/rest/v1` and `/auth/v1`. */
export async function answerApi(
  database: Database,
  lite: Lite,
  keys: Keys,
  clock: Clock,
  request: Request,
): Promise<Response> {
  if (!new URL(request.url).pathname.startsWith('/rest/')) return lite.fetch(request)
  const who = whoAsks(keys, request, clock.now())
  if ('refusal' in who) return who.refusal
  const isCall = /^\/rest\/v1\/rpc\/[^/]+$/.test(new URL(request.url).pathname)
  return (isCall && (await callFunction(database, request, who.claims))) || lite.fetch(request)
}

/** The key opens the door, the bearer's token says who it is. */
function whoAsks(
  keys: Keys,
  request: Request,
  nowMs: number,
): { readonly claims: Claims } | { readonly refusal: Response } {
  const key = request.headers.get('apikey') ?? ''
  if (key !== keys.publishableKey && key !== keys.secretKey)
    return refused({ message: key === '' ? 'No API key found in request' : 'Invalid API key' })
  const bearer = request.headers.get('authorization')?.replace(/^Bearer\s+/i, '') ?? key
  const verified = claimsOf(keys, bearer, nowMs)
  if ('claims' in verified) return verified
  const { code, message } = verified.refusal
  const isExpired = message.startsWith('Token has expired')
  return refused({
    code: isExpired ? 'PGRST303' : 'PGRST301',
    message: isExpired ? 'JWT expired' : `${code}: ${message}`,
    details: null,
    hint: null,
  })
}

const refused = (body: unknown) => ({ refusal: Response.json(body, { status: 401 }) })
