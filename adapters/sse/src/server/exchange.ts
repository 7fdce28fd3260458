import type { Outbox } from './outbox.ts'

/** What a hook sees of a request: a web `Request` fits, and so does what Node gives. */
export interface RequestHead {
  readonly method: string
  /** Path and query, on some platforms with the origin before it. */
  readonly url: string
  readonly headers: { get(name: string): string | null }
}

/** One request, whatever platform brought it. */
export interface Incoming extends RequestHead {
  /** The client's address, where the platform tells it. */
  readonly address?: string
  /** The body as text. Rejects with `too_large` above `maxBytes`. */
  text(maxBytes: number): Promise<string>
}

/** What is answered: a text, or a stream that an outbox feeds. */
export interface Reply {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string | Outbox
}
