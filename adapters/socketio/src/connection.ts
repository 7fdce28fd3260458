import {
  type Attachment,
  type ConnectContext,
  type Connection,
  encodeCursor,
  type Position,
  type Sink,
  type WireError,
  wireError,
} from '@steadywire/core'
import { parseAppended, parseError, parseHeads, parsePage, readFrame, utf8Length } from '@steadywire/core/protocol'
import type { Line } from './line.ts'

/** A server that never answers must not make us remember what we asked: no call of the core's lasts so long. */
const answerMs = 60_000

/** What the server said when it let us in. */
interface Greeting {
  readonly heartbeatMs: number
  readonly maxBytes?: number
}

/** What stands around the text of an append: the namespace, and the number of the call. */
const aroundBytes = 512

type Answer = Readonly<Record<string, unknown>>

/** One namespace, joined and greeted by the server: spreads what arrives over the topics' sinks, asks what the core asks. */
export function createConnection(line: Line, context: ConnectContext, greeting: Greeting, opened: string | undefined) {
  const { heartbeatMs, maxBytes = Number.POSITIVE_INFINITY } = greeting
  const { socket } = line
  const feeds = new Map<string, Set<Sink>>()
  const asked = new Set<(error: WireError) => void>()
  let token = opened
  let over: WireError | undefined
  let resolveClosed: (error: WireError) => void
  const closed = new Promise<WireError>((resolve) => {
    resolveClosed = resolve
  })

  function end(error: WireError): void {
    if (over) return
    over = error
    feeds.clear()
    for (const reject of asked) reject(error)
    asked.clear()
    resolveClosed(error)
    line.end(error)
  }

  function ask(signal: AbortSignal | undefined, call: string, ...args: readonly unknown[]): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (over) throw over
      if (signal?.aborted) throw givenUp()
      const abort = () => reject(givenUp())
      asked.add(reject)
      signal?.addEventListener('abort', abort)
      socket.timeout(answerMs).emit(call, ...args, (failure: Error | null, answer: unknown) => {
        asked.delete(reject)
        signal?.removeEventListener('abort', abort)
        if (failure) return reject(over ?? wireError('retry', 'connection_lost', failure.message))
        context.heard()
        const fields = Object(answer)
        if (fields.error) reject(parseError(fields.error, token))
        else resolve(fields)
      })
    })
  }

  function take(value: unknown): void {
    const { got } = Object(value)
    if (got !== undefined) {
      socket.emit('got', got)
      return
    }
    const frame = readFrame(value, context.warn, token)
    if (frame.kind === 'heads') for (const [topic, at] of frame.heads) spread(topic, (sink) => sink.head(at))
    if (frame.kind === 'items') spread(frame.topic, (sink) => sink.events(frame.items))
    if (frame.kind === 'verify') spread(frame.topic, (sink) => sink.head())
    if (frame.kind === 'closing') end(frame.error)
    if (frame.kind === 'lost') {
      const sinks = feeds.get(frame.topic)
      feeds.delete(frame.topic)
      for (const sink of sinks ?? []) sink.lost(frame.error)
    }
  }

  function spread(topic: string, tell: (sink: Sink) => void): void {
    for (const sink of feeds.get(topic) ?? []) tell(sink)
  }

  const pageOf = async (topic: string, answer: Promise<Answer>): Promise<Attachment> =>
    parsePage((await answer).page, topic, context.warn)

  const connection = {
    heartbeatMs,
    closed,
    async attach(topic, after, sink, signal) {
      if (over) throw over
      const sinks = feeds.get(topic) ?? new Set()
      feeds.set(topic, sinks.add(sink))
      const leave = () => {
        const left = feeds.get(topic)
        left?.delete(sink)
        if (over || (left && left.size > 0)) return
        feeds.delete(topic)
        socket.emit('detach', topic)
      }
      signal.addEventListener('abort', leave, { once: true })
      try {
        return await pageOf(topic, ask(signal, 'attach', topic, cursorOf(after)))
      } catch (thrown) {
        signal.removeEventListener('abort', leave)
        if (sinks.has(sink)) leave()
        throw thrown
      }
    },
    read(topic, { after, ...range }, signal) {
      return pageOf(topic, ask(signal, 'read', topic, { ...range, ...(after && { after: cursorOf(after) }) }))
    },
    async heads(topics, signal) {
      return parseHeads((await ask(signal, 'heads', topics)).heads)
    },
    async append(topic, drafts, signal) {
      // A server ends the line on which more comes, and would do so at each retry.
      const bytes = utf8Length(JSON.stringify(drafts)) + aroundBytes
      if (bytes > maxBytes) throw tooLarge(topic, bytes, maxBytes)
      return parseAppended((await ask(signal, 'append', topic, drafts)).appended)
    },
    async renew(renewed) {
      const { expiresIn } = await ask(undefined, 'renew', renewed)
      token = renewed
      return typeof expiresIn === 'number' ? { expiresIn } : {}
    },
    async close() {
      end(wireError('retry', 'closed', 'The connection was closed'))
      await line.left
    },
  } satisfies Connection

  return { connection, take, end }
}

const tooLarge = (topic: string, bytes: number, maxBytes: number) =>
  wireError('refused', 'too_large', `An append has ${bytes} bytes, the server takes ${maxBytes}`, {
    topic,
    hint: 'Emit less at once, or raise maxHttpBufferSize of the Socket.IO server.',
  })

const givenUp = () => wireError('retry', 'unsubscribed', 'The call was given up')

const cursorOf = (after: Position | undefined) => (after ? encodeCursor(after) : null)
