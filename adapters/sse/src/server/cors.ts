import type { RequestHead } from './exchange.ts'

export interface CorsOptions {
  /** The origins of pages that may use it, such as `https://app.example.com`; `'*'` lets all. */
  readonly origins: readonly string[] | '*' | ((origin: string) => boolean)
  /** Lets pages send cookies too. Not together with `'*'`. */
  readonly credentials?: boolean
}

/** What a page of another origin needs to see in an answer; nothing if it is not let in. */
export function corsHeaders(cors: CorsOptions | undefined, request: RequestHead): Record<string, string> {
  const origin = request.headers.get('origin')
  if (!cors || origin === null) return {}
  const { origins } = cors
  const allowed = typeof origins === 'function' ? origins(origin) : origins === '*' || origins.includes(origin)
  if (!allowed) return { vary: 'Origin' }
  return {
    'access-control-allow-origin': origins === '*' ? '*' : origin,
    ...(cors.credentials && { 'access-control-allow-credentials': 'true' }),
    'access-control-expose-headers': 'Retry-After',
    vary: 'Origin',
  }
}

/** The answer to a preflight, over `corsHeaders`: for a day, since each address costs one. */
export function preflightHeaders(request: RequestHead): Record<string, string> {
  const asked = request.headers.get('access-control-request-headers') ?? ''
  return {
    'access-control-allow-methods': 'GET, POST',
    'access-control-max-age': '86400',
    ...(/^[\w ,-]+$/.test(asked) && { 'access-control-allow-headers': asked }),
  }
}
