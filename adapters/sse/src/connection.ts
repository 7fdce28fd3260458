import {
  type Attachment,
  type ConnectContext,
  type Connection,
  encodeCursor,
  type Position,
  type Sink,
  toWireError,
  type WireError,
  wireError,
} from '@steadywire/core'
import { type Frame, parseAppended, parseHeads, parsePage } from '@steadywire/core/protocol'
import { createChanges } from './changes.ts'
import { createFeed, cursorOf, endOf, type Feed, type topicsOf } from './feed.ts'
import type { Http } from './http.ts'

/** How many events the page of a topic that is attached already may have. */
const pageLimit = 1000

type Hello = Extract<Frame, { kind: 'hello' }>

/** What the stream was opened with. */
export interface Opening {
  readonly http: Http
  readonly context: ConnectContext
  /** Aborted when the connection is over. */
  readonly line: AbortController
  readonly topics: ReturnType<typeof topicsOf>
  readonly token: string | undefined
}

/** The open stream: spreads what arrives over the topics' feeds, and answers what the core asks. */
export function createConnection({ http, context, line, topics, ...opening }: Opening, { stream, heartbeatMs }: Hello) {
  const feeds = new Map<string, Feed>()
  let { token } = opening
  let numbers = 0
  let heartbeats = 0
  let over: WireError | undefined
  let resolveClosed: (error: WireError) => void
  const closed = new Promise<WireError>((resolve) => {
    resolveClosed = resolve
  })

  for (const [topic, after] of topics) feeds.set(topic, createFeed(after, undefined))
  line.signal.addEventListener('abort', () => end(wireError('retry', 'closed', 'The connection was closed')))

  function end(error: WireError): void {
    if (over) return
    over = error
    for (const feed of feeds.values()) feed.refuse(error)
    feeds.clear()
    resolveClosed(error)
    line.abort()
  }

  const call = async (
    route: string,
    body: unknown,
    signal: AbortSignal,
    renewed?: string,
  ): Promise<Record<string, unknown>> => {
    const either = new AbortController()
    const abort = () => either.abort()
    const signals = [signal, line.signal]
    if (signals.some(({ aborted }) => aborted)) throw over ?? detached()
    for (const each of signals) each.addEventListener('abort', abort)
    try {
      return Object(await http.call(route, body, renewed ?? (await context.token()), either.signal))
    } catch (thrown) {
      throw over ?? thrown
    } finally {
      for (const each of signals) each.removeEventListener('abort', abort)
    }
  }

  const changes = createChanges(
    (batch) => call('control', { stream, ...batch }, line.signal),
    (error) => {
      if (error.code === 'connection_lost') end(error)
    },
  )

  function leave(topic: string, feed: Feed, sink?: Sink): void {
    if (sink) feed.sinks.delete(sink)
    if (feed.sinks.size > 0 || feeds.get(topic) !== feed) return
    feeds.delete(topic)
    changes.detach(topic)
  }

  function join(topic: string, after: string | null): { feed: Feed; first: boolean } {
    const known = feeds.get(topic)
    if (known) {
      const first = !known.claimed && known.after === after
      known.claimed = true
      return { feed: known, first }
    }
    const feed = createFeed(after, ++numbers)
    feed.claimed = true
    feeds.set(topic, feed)
    changes.attach(topic, feed)
    return { feed, first: true }
  }

  function take(frame: Frame): void {
    if (frame.kind === 'heads') beat(frame.heads)
    if (frame.kind === 'closing') end(frame.error)
    const feed = 'topic' in frame && feeds.get(frame.topic)
    if (!feed) return
    switch (frame.kind) {
      case 'items':
        if (feed.sinks.size === 0) feed.missed = [endOf(frame.items)]
        for (const sink of feed.sinks) sink.events(frame.items)
        break
      case 'attached':
        if (frame.number !== feed.number) break
        feed.page = frame.page
        feed.confirm()
        break
      case 'failed':
        if (frame.number !== feed.number) break
        if (feed.claimed) feeds.delete(frame.topic)
        feed.refuse(frame.error)
        break
      case 'verify':
        if (feed.sinks.size === 0) feed.missed = []
        for (const sink of feed.sinks) sink.head()
        break
      case 'lost':
        feeds.delete(frame.topic)
        feed.refuse(frame.error)
        for (const sink of feed.sinks) sink.lost(frame.error)
    }
  }

  function beat(heads: ReadonlyMap<string, Position>): void {
    heartbeats++
    for (const [topic, at] of heads) for (const sink of feeds.get(topic)?.sinks ?? []) sink.head(at)
    if (heartbeats === 2) for (const [topic, feed] of feeds) if (!feed.claimed) leave(topic, feed)
  }

  async function pageOf(topic: string, after: Position | undefined, signal: AbortSignal): Promise<Attachment> {
    if (after) return await connection.read(topic, { after, limit: pageLimit }, signal)
    const head = (await connection.heads([topic], signal)).get(topic)
    if (!head) throw wireError('retry', 'unavailable', `The server did not tell the head of ${topic}`, { topic })
    return { ...head, events: [], through: head.head, ...(head.mark !== undefined && { throughMark: head.mark }) }
  }

  const connection = {
    heartbeatMs,
    closed,
    async attach(topic, after, sink, signal) {
      if (over) throw over
      if (signal.aborted) throw detached(topic)
      const { feed, first } = join(topic, cursorOf(after))
      feed.sinks.add(sink)
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => {
          leave(topic, feed, sink)
          reject(detached(topic))
        })
      })
      try {
        await Promise.race([feed.confirmed, aborted])
        const page = (first && feed.page) || (await pageOf(topic, after, signal))
        if (first) feed.page = undefined
        if (signal.aborted) throw detached(topic)
        if (feed.missed) sink.head(feed.missed[0])
        return page
      } catch (thrown) {
        leave(topic, feed, sink)
        throw toWireError(thrown)
      }
    },
    async read(topic, { after, ...range }, signal) {
      const asked = { topic, ...range, ...(after && { after: encodeCursor(after) }) }
      return parsePage((await call('read', asked, signal)).page, topic, context.warn)
    },
    async heads(topics, signal) {
      return parseHeads((await call('heads', { topics }, signal)).heads)
    },
    async append(topic, drafts, signal) {
      return parseAppended((await call('append', { topic, drafts }, signal)).appended)
    },
    async renew(renewed) {
      const { expiresIn } = await call('control', { stream, renew: true }, line.signal, renewed)
      token = renewed
      return typeof expiresIn === 'number' ? { expiresIn } : {}
    },
    async close() {
      line.abort()
    },
  } satisfies Connection

  return { connection, take, end, token: () => token }
}

const detached = (topic = 'The call') => wireError('retry', 'unsubscribed', `${topic} was given up`)
