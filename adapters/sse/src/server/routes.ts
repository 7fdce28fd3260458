import { type Clock, type Page, type Position, type Random, toWireError, wireError } from '@steadywire/core'
import { encodeAppended, encodeHeads, encodePage } from '@steadywire/core/protocol'
import type { Origin } from '@steadywire/core/sequencer'
import { type Credentials, encodeItem, type Gateway } from '@steadywire/server'
import type { Incoming, Reply } from './exchange.ts'
import { askedTopics, cursorOf, type Fields, listOf, parseBody, rangeOf, textOf, textsOf } from './fields.ts'
import { Follower } from './follower.ts'
import type { SseHandlerOptions } from './handler.ts'
import { Outbox, type Turn } from './outbox.ts'
import { jsonReply, notFound, streamReply } from './replies.ts'
import { Stream, type Streams } from './stream.ts'

export interface RouteOptions extends Omit<SseHandlerOptions, 'cors'> {
  readonly gateway: Gateway
  readonly clock: Clock
  readonly random: Random
  readonly id: () => string
  readonly maxBodyBytes: number
  readonly turn: Turn
}

type Route = (request: Incoming, credentials: Credentials) => Promise<Reply>

/** Finds what a request is for, and answers it. Rejects with the error to answer with. */
export function createRoutes(options: RouteOptions): (request: Incoming) => Promise<Reply> {
  const { gateway, turn, clock, random } = options
  const streams: Streams = { turn, clock, open: new Map(), frames: new WeakMap() }

  const body = async (request: Incoming): Promise<Fields> => {
    if (!request.headers.get('content-type')?.includes('application/json'))
      throw wireError('config', 'not_supported', 'The body of this request is not JSON', {
        hint: 'Send content-type: application/json. Other types can be sent by forms of foreign pages, and are refused.',
      })
    return parseBody(await request.text(options.maxBodyBytes))
  }

  const pageReply = (page: Page): Reply => {
    const outbox = new Outbox(turn, () => {})
    outbox.pushParts(['{"page":', ...encodePage(page, encodeItem), '}'])
    outbox.end()
    return jsonReply(outbox)
  }

  const posts: Record<string, Route> = {
    async stream(request, credentials) {
      const topics = askedTopics((await body(request)).topics, 'topics')
      const stream = new Stream(streams, options.id(), credentials.token)
      stream.start(await gateway.open(credentials, stream), topics)
      return streamReply(stream.outbox)
    },
    async control(request, credentials) {
      const asked = await body(request)
      const stream = streams.open.get(textOf(asked.stream, 'stream'))
      if (!stream) throw unknownStream()
      if (asked.renew === true) return jsonReply(JSON.stringify(await stream.renew(credentials.token ?? '')))
      const attach = askedTopics(asked.attach ?? [], 'attach')
      const detach = textsOf(asked.detach ?? [], 'detach')
      await stream.admit(credentials)
      stream.detach(detach)
      stream.attach(attach)
      return jsonReply('{}', 202)
    },
    async read(request, credentials) {
      const asked = await body(request)
      const client = await gateway.once(credentials)
      return pageReply(await client.read(textOf(asked.topic, 'topic'), rangeOf(asked)))
    },
    async heads(request, credentials) {
      const topics = textsOf((await body(request)).topics, 'topics')
      const client = await gateway.once(credentials)
      return jsonReply(`{"heads":${encodeHeads(await client.heads(topics))}}`)
    },
    async append(request, credentials) {
      const asked = await body(request)
      const drafts = listOf(asked.drafts, 'drafts')
      const client = await gateway.once(credentials)
      return jsonReply(`{"appended":${encodeAppended(await client.append(textOf(asked.topic, 'topic'), drafts))}}`)
    },
  }

  const command = async (name: string, request: Incoming, credentials: Credentials): Promise<Reply> => {
    const { data } = await body(request)
    const client = await gateway.once(credentials)
    return jsonReply(JSON.stringify({ result: (await client.command(name, data)) ?? null }))
  }

  const history = async (topic: string, query: Fields, credentials: Credentials): Promise<Reply> => {
    const range = rangeOf(query)
    const client = await gateway.once(credentials)
    return pageReply(await client.read(topic, range))
  }

  const follow = async (topic: string, query: Fields, request: Incoming, credentials: Credentials): Promise<Reply> => {
    const follower = new Follower(turn, clock, topic, startOf(request.headers.get('last-event-id'), query.from))
    // A stampede after a restart is spread by what each client is told here.
    const retryMs = Math.round(1000 + random() * 4000)
    try {
      await follower.start(await gateway.open(credentials, follower), retryMs)
    } catch (thrown) {
      const error = toWireError(thrown, 'unavailable')
      // EventSource gives up for good at any other status than 200.
      if (error.kind !== 'retry' || !request.headers.get('accept')?.includes('text/event-stream')) throw error
      const text = `retry: ${error.retryAfterMs ?? retryMs}\n: ${error.code}\n\n`
      return { ...streamReply(follower.outbox), body: text }
    }
    if (!follower.endedBefore) return streamReply(follower.outbox)
    follower.outbox.leave()
    return { status: 204, headers: { 'cache-control': 'no-store' }, body: '' }
  }

  const credentialsOf = async (request: Incoming, query: Fields): Promise<Credentials> => {
    if (options.credentials) return await options.credentials(request)
    const bearer = /^Bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1]
    const token = bearer ?? (options.queryToken ? query.access_token : undefined)
    return {
      ...(typeof token === 'string' && { token }),
      ...(request.address !== undefined && { origin: request.address }),
    }
  }

  return async (request) => {
    const { url } = request
    const { pathname, searchParams } = new URL(url.startsWith('/') ? `http://localhost${url}` : url)
    const { kind, name } = routeOf(request.method, pathname, options.basePath)
    const query = request.method === 'GET' ? Object.fromEntries(searchParams) : {}
    const credentials = await credentialsOf(request, query)
    if (kind === 'topics') return await follow(name, query, request, credentials)
    if (kind === 'history') return await history(name, query, credentials)
    if (kind === 'commands') return await command(name, request, credentials)
    const post = request.method === 'POST' && Object.hasOwn(posts, name) ? posts[name] : undefined
    if (!post) throw notFound(`${request.method} ${pathname}`)
    return await post(request, credentials)
  }
}

const kinds: Readonly<Record<string, readonly string[]>> = { GET: ['topics', 'history'], POST: ['commands'] }

/** `…/stream` or `…/topics/{topic}`: what stands before it is where the handler is mounted. */
function routeOf(method: string, path: string, basePath = ''): { readonly kind?: string; readonly name: string } {
  const base = basePath.replace(/\/+$/, '')
  if (!path.startsWith(`${base}/`)) throw notFound(path)
  const [kind = '', name = ''] = path.slice(base.length).split('/').slice(-2)
  if (!kinds[method]?.includes(kind) || name === '') return { name }
  try {
    return { kind, name: decodeURIComponent(name) }
  } catch {
    throw notFound(path)
  }
}

/** Where a plain EventSource goes on: after what it got last, else as its address says. */
function startOf(lastEventId: string | null, from: unknown): Origin | Position {
  if (lastEventId) return cursorOf(lastEventId, 'Last-Event-ID') ?? 'now'
  if (from === undefined || from === 'now') return 'now'
  if (from === 'start') return { seq: 0 }
  const last = /^last:(\d{1,5})$/.exec(String(from))?.[1]
  if (last !== undefined && Number(last) >= 1 && Number(last) <= 10_000) return { last: Number(last) }
  return cursorOf(from, 'from') ?? 'now'
}

function unknownStream() {
  return wireError('retry', 'connection_lost', 'This server does not know the stream', {
    retryAfterMs: 0,
    hint: 'It ended, or it is held by another server process: open a new one with all topics.',
  })
}
