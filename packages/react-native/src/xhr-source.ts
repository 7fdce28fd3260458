import { type Clock, systemClock, wireError } from '@steadywire/core'
import { type ChunkQueue, createChunkQueue } from './chunk-queue.ts'

/** What `sse({ open })` asks for. */
export interface StreamRequest {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly signal: AbortSignal
}

/** What it is answered. */
export interface StreamResponse {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  /** The text as it arrives. */
  readonly chunks: Pick<ChunkQueue, 'next'>
}

/** What is needed of an `XMLHttpRequest`. */
export interface XhrLike {
  readonly readyState: number
  readonly status: number
  readonly responseText: string
  addEventListener(type: string, listener: () => void): void
  open(method: string, url: string): void
  setRequestHeader(name: string, value: string): void
  getResponseHeader(name: string): string | null | undefined
  send(body: string): void
  abort(): void
}

export interface XhrSourceOptions {
  /** Default: the platform's. */
  readonly XMLHttpRequest?: new () => XhrLike
  /**
   * How much text one request may bring, in characters, since it keeps all that it ever brought. Then the stream is opened anew, and goes on
   * where it was. Default 2,000,000.
   */
  readonly maxChars?: number
  readonly clock?: Clock
}

declare const XMLHttpRequest: new () => XhrLike

const headersReceived = 2
const endsOfEvent = ['\n\n', '\r\n\r\n', '\r\r']

/**
 * Opens streams of Server-Sent Events where `fetch` can't and there is no `EventSource`: React Native without Expo.
 *
 * @example
 * sse({ url: 'https://api.example.com/events', open: xhrSource() })
 */
export function xhrSource(options: XhrSourceOptions = {}): (request: StreamRequest) => Promise<StreamResponse> {
  return (request) =>
    new Promise((resolve, reject) => {
      const xhr = new (options.XMLHttpRequest ?? XMLHttpRequest)()
      const chunks = createChunkQueue()
      // Of a promise that is settled nothing is heard.
      const fail = (error: Error): void => {
        chunks.end(error)
        reject(error)
      }
      xhr.addEventListener('readystatechange', () => {
        if (xhr.readyState !== headersReceived) return
        const headers = { get: (name: string) => xhr.getResponseHeader(name) ?? null }
        resolve({ status: xhr.status, headers, chunks })
      })
      readText(xhr, chunks, options)
      // Its text may be that of the error, so what is left of it is not read.
      xhr.addEventListener('error', () => fail(new Error('The connection was lost')))
      xhr.addEventListener('timeout', () => fail(new Error('The system gave the request up')))
      request.signal.addEventListener('abort', () => {
        fail(new Error('The request was given up'))
        xhr.abort()
      })
      if (request.signal.aborted) fail(new Error('The request was given up'))
      else send(xhr, request)
    })
}

function send(xhr: XhrLike, { method, url, headers, body }: StreamRequest): void {
  xhr.open(method, url)
  // What is compressed on the way is held back until there is enough of it.
  const all = { ...headers, accept: 'text/event-stream', 'accept-encoding': 'identity' }
  for (const [name, value] of Object.entries(all)) xhr.setRequestHeader(name, value)
  xhr.send(body)
}

/**
 * Hands on what arrives, up to the end of the event with which it is too much: so every request brings the stream forward, however large one
 * event is.
 */
function readText(
  xhr: XhrLike,
  chunks: ChunkQueue,
  { maxChars = 2_000_000, clock = systemClock }: XhrSourceOptions,
): void {
  let taken = 0
  let closed = false

  function take(until: number): void {
    if (until > taken) chunks.push(xhr.responseText.slice(taken, until))
    taken = Math.max(taken, until)
  }

  function arrived(): void {
    if (closed) return
    const { length } = xhr.responseText
    const end = length < maxChars ? 0 : endOfEvents(xhr.responseText)
    closed = end >= maxChars
    take(closed ? end : length)
    if (!closed) return
    xhr.abort()
    // Not at once: what came last is to be taken in, or it would have to come again.
    clock.after(0, () =>
      chunks.end(
        wireError('retry', 'superseded', `The response has brought ${end} characters: another one goes on`, {
          retryAfterMs: 0,
        }),
      ),
    )
  }

  xhr.addEventListener('progress', arrived)
  xhr.addEventListener('load', () => {
    arrived()
    if (!closed) chunks.end()
  })
}

/** Behind the last event that is whole; 0 if there is none. */
function endOfEvents(text: string): number {
  const ends = endsOfEvent.map((end) => {
    const at = text.lastIndexOf(end)
    return at < 0 ? 0 : at + end.length
  })
  return Math.max(...ends)
}
