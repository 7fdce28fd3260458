import { type Clock, messageOf, SteadywireError, type WireError, wireError } from '@steadywire/core'
import { parseError } from '@steadywire/core/protocol'
import type { FetchAnswer, FetchLike, OpenRequest, OpenResponse, SseOptions } from './options.ts'

/** The requests of one transport: what is answered, or a WireError that says how the failure is to be taken. */
export interface Http {
  open(body: unknown, token: string | undefined, signal: AbortSignal): Promise<OpenResponse>
  /** Answers the JSON of the response. */
  call(route: string, body: unknown, token: string | undefined, signal: AbortSignal): Promise<unknown>
}

export function createHttp(options: SseOptions, clock: Clock): Http {
  const { headers, credentials } = options
  const base = options.url?.replace(/\/+$/, '')
  if (!base)
    throw new SteadywireError('invalid_config', 'sse() was given no url', {
      hint: "Pass the address at which the server half is mounted: sse({ url: '/events' }).",
    })

  const request = (route: string, body: unknown, token: string | undefined, signal: AbortSignal): OpenRequest => ({
    url: `${base}/${route}`,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...headers,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
    signal,
  })

  const send = async ({ url, ...init }: OpenRequest) => {
    const fetch: FetchLike = options.fetch ?? globalThis.fetch
    return await answered(fetch(url, { ...init, ...(credentials && { credentials }) }), url)
  }

  return {
    async open(body, token, signal) {
      const asked = request('stream', body, token, signal)
      const response = await (options.open
        ? answered(options.open(asked), asked.url)
        : send(asked).then((answer) => streamed(answer, signal)))
      if (response.status !== 200) throw refusal(asked.url, response, await textOf(response), token, clock)
      if (!isType(response, 'text/event-stream')) throw misplaced(asked.url, response)
      return response
    },
    async call(route, body, token, signal) {
      const asked = request(route, body, token, signal)
      const response = await send(asked)
      const text = await answered(response.text(), asked.url)
      if (!response.ok) throw refusal(asked.url, response, text, token, clock)
      if (!isType(response, 'json')) throw misplaced(asked.url, response)
      return json(text)
    },
  }
}

type Answer = Pick<OpenResponse, 'status' | 'headers'>

function streamed(response: FetchAnswer, signal: AbortSignal): OpenResponse {
  const reader = response.body?.getReader()
  if (!reader)
    throw wireError('config', 'not_supported', "This platform's fetch can't stream a response", {
      hint: 'Pass one that can, such as sse({ url, fetch }) with fetch of expo/fetch, or a source of your own as `open`.',
    })
  // Deno ends the request by its signal only as long as something refers to the response: the reader does not.
  signal.addEventListener('abort', () => void reader.cancel().catch(() => {}))
  return { status: response.status, headers: response.headers, chunks: { next: () => reader.read() } }
}

async function answered<T>(response: Promise<T>, url: string): Promise<T> {
  try {
    return await response
  } catch (thrown) {
    throw wireError('retry', 'unavailable', `${url} did not answer: ${messageOf(thrown)}`, {
      cause: thrown,
      hint: 'Is the server up, and, if this page is of another origin, does its `cors` option allow it?',
    })
  }
}

/** Platforms that hand out text may have no TextDecoder. */
export function createDecoder(): (chunk: Uint8Array | string) => string {
  let decoder: TextDecoder | undefined
  return (chunk) => {
    if (typeof chunk === 'string') return chunk
    decoder ??= new TextDecoder()
    return decoder.decode(chunk, { stream: true })
  }
}

/** The body of a refused stream: short, and its end is not waited for beyond what an error needs. */
async function textOf({ chunks }: OpenResponse): Promise<string> {
  const decode = createDecoder()
  let text = ''
  try {
    while (text.length < 10_000) {
      const chunk = await chunks.next()
      if (chunk.done) break
      text += decode(chunk.value)
    }
  } catch {}
  return text
}

function refusal(url: string, response: Answer, text: string, token: string | undefined, clock: Clock): WireError {
  const { status } = response
  const retryAfterMs = retryAfter(response.headers.get('retry-after'), clock)
  const told = isType(response, 'json') ? json(text) : undefined
  if (typeof told === 'object' && told !== null && 'error' in told) {
    const error = told.error
    return parseError(retryAfterMs === undefined ? error : { retryAfterMs, ...Object(error) }, token)
  }
  const message = `${url} answered ${status}`
  if (status === 401) return wireError('auth', 'unauthenticated', message, token === undefined ? {} : { token })
  if (status === 403) return wireError('refused', 'forbidden', message)
  if (status === 408 || status === 429 || status >= 500)
    return wireError('retry', status === 429 ? 'rate_limited' : 'unavailable', message, {
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    })
  return misplaced(url, response)
}

function misplaced(url: string, response: Answer): WireError {
  const type = response.headers.get('content-type') ?? 'no content type'
  return wireError('config', 'not_found', `${url} answered ${response.status}, ${type}, and not as Steadywire does`, {
    hint: 'Is sseHandler() mounted there, for GET and POST, and for every path below it?',
  })
}

function retryAfter(value: string | null, clock: Clock): number | undefined {
  const ms = value === null ? Number.NaN : /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - clock.wall()
  return ms >= 0 ? ms : undefined
}

function isType({ headers }: Answer, type: string): boolean {
  return !!headers.get('content-type')?.includes(type)
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
