import type { Clock } from '@steadywire/core'

export interface SseOptions {
  /** Where the server half is mounted, such as `https://api.example.com/events`, or `/events` in a page. */
  readonly url: string
  /** Sent with every request. The token needs none: it goes into `Authorization` by itself. */
  readonly headers?: Readonly<Record<string, string>>
  /** `include` sends cookies to another origin too. Default: what `fetch` does, `same-origin`. */
  readonly credentials?: RequestCredentials
  /** Default: the platform's. One that can stream, such as `fetch` of `expo/fetch`, makes React Native work. */
  readonly fetch?: FetchLike
  /** Opens the stream where no `fetch` can: everything else still goes through `fetch`. */
  readonly open?: OpenStream
  readonly clock?: Clock
}

/** What is needed of a `fetch`. */
export type FetchLike = (
  url: string,
  init: Omit<OpenRequest, 'url'> & { readonly credentials?: RequestCredentials },
) => Promise<FetchAnswer>

export interface FetchAnswer {
  readonly ok: boolean
  readonly status: number
  readonly headers: { get(name: string): string | null }
  /** `null` where it can't stream. */
  readonly body?: { getReader(): BodyReader } | null
  text(): Promise<string>
}

export interface BodyReader {
  read(): Promise<IteratorResult<Uint8Array, unknown>>
  cancel(): Promise<unknown>
}

/**
 * A streaming source for platforms whose `fetch` has no `body`. Rejects if there was no answer; an answer of any status
 * is handed back. When `signal` aborts, `chunks.next()` rejects or ends soon.
 */
export type OpenStream = (request: OpenRequest) => Promise<OpenResponse>

export interface OpenRequest {
  readonly url: string
  readonly method: 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly signal: AbortSignal
}

export interface OpenResponse {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  /** The body as it arrives: bytes, or text that is already decoded. */
  readonly chunks: Pick<AsyncIterator<Uint8Array | string, unknown>, 'next'>
}
