import { type ErrorCode, isWireError, type WireError, wireError } from '@steadywire/core'
import { encodeError } from '@steadywire/core/protocol'
import type { Reply } from './exchange.ts'
import type { Outbox } from './outbox.ts'

export function jsonReply(body: string | Outbox, status = 200): Reply {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }, body }
}

/** The headers keep proxies from holding the stream back, compressing it, or keeping a copy. */
export function streamReply(outbox: Outbox): Reply {
  return {
    status: 200,
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    },
    body: outbox,
  }
}

/** `{ "error": … }`. What was not foreseen is reported as such, and its message stays on the server. */
export function errorReply(thrown: unknown): Reply {
  const error = isWireError(thrown) ? thrown : wireError('retry', 'unavailable', 'The server failed', { cause: thrown })
  const reply = jsonReply(`{"error":${encodeError(error)}}`, statusOf(error))
  if (error.retryAfterMs !== undefined) reply.headers['retry-after'] = String(Math.ceil(error.retryAfterMs / 1000))
  if (reply.status === 401) reply.headers['www-authenticate'] = 'Bearer'
  return reply
}

const statuses: Partial<Record<ErrorCode, number>> = {
  forbidden: 403,
  not_found: 404,
  sealed: 409,
  connection_lost: 410,
  too_large: 413,
  not_supported: 415,
  command_failed: 422,
  limit_reached: 429,
  rate_limited: 429,
}

function statusOf({ kind, code }: WireError): number {
  if (kind === 'auth') return 401
  return statuses[code] ?? (kind === 'retry' ? 503 : 400)
}

export function notFound(path: string): WireError {
  return wireError('config', 'not_found', `There is nothing at ${path}`, {
    hint: 'Give the client the address at which sseHandler() is mounted, without any of its routes.',
  })
}

export function tooLarge(maxBytes: number): WireError {
  return wireError('refused', 'too_large', `The body of the request is over ${maxBytes} bytes`, {
    hint: 'Send less at once, or raise maxBodyBytes of sseHandler().',
  })
}
