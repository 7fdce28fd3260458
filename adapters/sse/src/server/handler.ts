import { type Clock, type Random, randomId, systemClock, systemRandom } from '@steadywire/core'
import { atEndOfTurn, type Credentials, type Gateway } from '@steadywire/server'
import { type CorsOptions, corsHeaders, preflightHeaders } from './cors.ts'
import type { Incoming, Reply, RequestHead } from './exchange.ts'
import { Turn } from './outbox.ts'
import { errorReply } from './replies.ts'
import { createRoutes } from './routes.ts'
import { incomingOf, responseOf } from './web.ts'

export interface SseHandlerOptions {
  readonly gateway: Gateway
  /** Where it is mounted, such as `/events`: what is outside of it is answered with 404. Default: wherever a route is found. */
  readonly basePath?: string
  /** Lets pages of other origins in. Default: none. */
  readonly cors?: CorsOptions
  /** Default 1 MiB. Above it a request is answered with 413. */
  readonly maxBodyBytes?: number
  /**
   * Who asks. Default: the bearer token of `Authorization`, and the address of the client where the platform tells it.
   * Take the token from a cookie here, or the address from a header that a trusted proxy sets.
   */
  readonly credentials?: (request: RequestHead & { readonly address?: string }) => Credentials | Promise<Credentials>
  /**
   * Takes the token of `GET …/topics/{topic}` from `?access_token=` too, for EventSource, which can't send headers.
   * Addresses end up in logs: give out short-lived tokens for that. Default false.
   */
  readonly queryToken?: boolean
  readonly clock?: Clock
  readonly random?: Random
  /** Names streams; must not be guessable. */
  readonly id?: () => string
}

/** A handler for any server that speaks web-standard requests; `toNode` makes it one for Node and Express. */
export interface SseHandler {
  (request: Request): Promise<Response>
  /** For frameworks that ask for one function per method: `export const { GET, POST, OPTIONS } = sseHandler({ gateway })`. */
  readonly GET: (request: Request) => Promise<Response>
  readonly POST: (request: Request) => Promise<Response>
  readonly OPTIONS: (request: Request) => Promise<Response>
  /** What platform shells such as `toNode` stand on. Never rejects. */
  readonly answer: (request: Incoming) => Promise<Reply>
}

/**
 * The server half: streams topics to clients, and answers their short requests.
 *
 * @example
 * const gateway = createGateway({ log: memoryLog(), authorise })
 * const events = sseHandler({ gateway })
 * app.all('/events/*', (context) => events(context.req.raw)) // Hono
 */
export function sseHandler(options: SseHandlerOptions): SseHandler {
  const { clock = systemClock, random = systemRandom, id = randomId, maxBodyBytes = 1_048_576 } = options
  const route = createRoutes({ ...options, clock, random, id, maxBodyBytes, turn: new Turn(atEndOfTurn) })

  const answer = async (request: Incoming): Promise<Reply> => {
    const shared = corsHeaders(options.cors, request)
    const reply: Reply =
      request.method === 'OPTIONS'
        ? { status: 204, headers: preflightHeaders(request), body: '' }
        : await route(request).catch(errorReply)
    Object.assign(reply.headers, shared)
    return reply
  }
  const handle = async (request: Request) => responseOf(await answer(incomingOf(request)), request.signal)
  return Object.assign((request: Request) => handle(request), { GET: handle, POST: handle, OPTIONS: handle, answer })
}
