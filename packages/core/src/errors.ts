/** What went wrong. Each code has its cause and cure in `docs/errors.md`. */
export type ErrorCode =
  // what the application wrote
  | 'invalid_topic'
  | 'invalid_type'
  | 'invalid_data'
  | 'invalid_draft'
  | 'invalid_cursor'
  | 'invalid_option'
  | 'invalid_config'
  | 'too_large'
  | 'not_supported'
  // what the other side refused
  | 'unauthenticated'
  | 'forbidden'
  | 'sealed'
  | 'limit_reached'
  | 'rate_limited'
  | 'not_found'
  | 'command_failed'
  // what happened on the way
  | 'unavailable'
  | 'connection_lost'
  | 'deadline'
  | 'going_away'
  | 'attempts_exhausted'
  | 'protocol'
  | 'buffering_proxy'
  | 'unconfirmed'
  | 'log_failed'
  // what happened at the application's end
  | 'handler_failed'
  | 'load_failed'
  | 'cursor_store_failed'
  | 'gap'
  | 'superseded'
  | 'unsubscribed'
  | 'closed'

/**
 * How a failure on the wire is to be taken (guarantee C3).
 * - `retry`: it may work later, by itself.
 * - `auth`: the token was refused; a fresh one may be accepted.
 * - `refused`: this reader may not, and trying again will not change it.
 * - `config`: the program or its configuration is wrong.
 */
export type WireErrorKind = 'retry' | 'auth' | 'refused' | 'config'

export interface ErrorDetails {
  /** What to do about it. */
  readonly hint?: string
  readonly kind?: WireErrorKind
  readonly topic?: string
  readonly cause?: unknown
  /** Come back after this many milliseconds: a server's wish, obeyed instead of the own backoff. */
  readonly retryAfterMs?: number
  /** The token that was refused, so that a failure of an old token does not cost the new one. Never printed. */
  readonly token?: string
}

const brand = Symbol.for('steadywire.error')

/** The one error class. Recognise it with {@link isSteadywireError}: `instanceof` breaks across duplicate installs. */
export class SteadywireError extends Error {
  readonly code: ErrorCode
  /** True if trying the same again, later, may work. */
  readonly retryable: boolean
  readonly hint: string | undefined
  readonly topic: string | undefined
  readonly kind: WireErrorKind | undefined
  readonly retryAfterMs: number | undefined
  declare readonly token: string | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'SteadywireError'
    this.code = code
    this.hint = details.hint
    this.topic = details.topic
    this.kind = details.kind
    this.retryable = details.kind === 'retry'
    this.retryAfterMs = details.retryAfterMs
    Object.defineProperty(this, 'token', { value: details.token, enumerable: false })
    Object.defineProperty(this, brand, { value: true })
  }
}

/** What a transport reports: a {@link SteadywireError} that says how it is to be taken. */
export type WireError = SteadywireError & { readonly kind: WireErrorKind }

export function isSteadywireError(value: unknown): value is SteadywireError {
  return typeof value === 'object' && value !== null && brand in value
}

export function isWireError(value: unknown): value is WireError {
  return isSteadywireError(value) && value.kind !== undefined
}

/** Makes the error that an adapter rejects with, or resolves `closed` with. */
export function wireError(
  kind: WireErrorKind,
  code: ErrorCode,
  message: string,
  details: Omit<ErrorDetails, 'kind'> = {},
): WireError {
  return new SteadywireError(code, message, { ...details, kind }) as WireError
}

/** Anything that was thrown, as a {@link WireError}; what is unknown counts as `retry` with `fallback` as its code. */
export function toWireError(thrown: unknown, fallback: ErrorCode = 'connection_lost'): WireError {
  if (isWireError(thrown)) return thrown
  return wireError('retry', fallback, messageOf(thrown), { cause: thrown })
}

export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
