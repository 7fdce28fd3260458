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
import {
  type Frame,
  parseAppended,
  parseError,
  parseHeads,
  parsePage,
  readFrame,
  unlessAborted,
  utf8Length,
} from '@steadywire/core/protocol'
import { openLine } from './line.ts'
import type { Place } from './place.ts'

/** A server that never answers must not make us remember what we asked: no call of the core's lasts so long. */
const answerMs = 60_000

/** What stands around the text of an append: the namespace, and the number of the call. */
const aroundBytes = 512

type Greeting = Frame & { readonly kind: 'hello' }
type Answer = Readonly<Record<string, unknown>>

/**
 * Joins a namespace; resolves when the server has greeted us. Then it spreads what arrives over the topics' sinks, and asks
 * what the core asks.
 */
export function openConnection(
  place: Place,
  namespace: string,
  opened: string | undefined,
  context: ConnectContext,
): Promise<Connection> {
  const feeds = new Map<string, Set<Sink>>()
  const life = new AbortController()
  let token = opened
  let greeting: Greeting | undefined
  let over: WireError | undefined
  let resolveClosed: (error: WireError) => void
  const closed = new Promise<WireError>((resolve) => {
    resolveClosed = resolve
  })

  return new Promise((greeted, refused) => {
    const lost = (error: WireError): void => {
      over = error
      life.abort()
      feeds.clear()
      socket.off('frame', take)
      refused(error)
      resolveClosed(error)
    }
    const line = openLine({ place, namespace, token, farewell: 'leave', signal: context.signal, lost })
    const { socket } = line
    socket.on('frame', take)

    // What throws here would end the whole Manager.
    function take(value: unknown): void {
      try {
        context.heard()
        const { got } = Object(value)
        if (got === undefined) follow(readFrame(value, context.warn, token))
        else socket.emit('got', got)
      } catch (thrown) {
        line.end(toWireError(thrown))
      }
    }

    function follow(frame: Frame): void {
      if (frame.kind === 'closing') throw frame.error
      if (frame.kind === 'hello') {
        greeting = frame
        greeted(connection(frame))
      }
      if (!greeting) throw wireError('retry', 'protocol', 'The server did not begin with "hello"')
      if (frame.kind === 'heads') for (const [topic, at] of frame.heads) spread(topic, (sink) => sink.head(at))
      if (frame.kind === 'items') spread(frame.topic, (sink) => sink.events(frame.items))
      if (frame.kind === 'verify') spread(frame.topic, (sink) => sink.head())
      if (frame.kind === 'lost') {
        const sinks = feeds.get(frame.topic)
        feeds.delete(frame.topic)
        for (const sink of sinks ?? []) sink.lost(frame.error)
      }
    }

    function spread(topic: string, tell: (sink: Sink) => void): void {
      for (const sink of feeds.get(topic) ?? []) tell(sink)
    }

    async function ask(call: string, ...args: readonly unknown[]): Promise<Answer> {
      try {
        if (over) throw over
        const answer: Answer = Object(
          await unlessAborted(socket.timeout(answerMs).emitWithAck(call, ...args), life.signal),
        )
        context.heard()
        if (answer.error) throw parseError(answer.error, token)
        return answer
      } catch (thrown) {
        throw toWireError(over ?? thrown)
      }
    }

    const askPage = async (call: string, topic: string, asked: unknown): Promise<Attachment> =>
      parsePage((await ask(call, topic, asked)).page, topic, context.warn)

    const connection = ({ heartbeatMs, maxBytes }: Greeting): Connection => ({
      heartbeatMs,
      closed,
      async attach(topic, after, sink, signal) {
        const sinks = feeds.get(topic) ?? new Set()
        feeds.set(topic, sinks.add(sink))
        const leave = () => {
          if (!sinks.delete(sink) || feeds.get(topic)?.size || over) return
          feeds.delete(topic)
          socket.emit('detach', topic)
        }
        const page = askPage('attach', topic, cursorOf(after))
        if (signal.aborted) leave()
        else signal.addEventListener('abort', leave)
        try {
          return await page
        } catch (thrown) {
          leave()
          throw thrown
        }
      },
      read(topic, { after, ...range }) {
        return askPage('read', topic, { ...range, after: cursorOf(after) })
      },
      async heads(topics) {
        return parseHeads((await ask('heads', topics)).heads)
      },
      async append(topic, drafts) {
        // A server ends the line on which more comes, and would do so at each retry.
        const bytes = utf8Length(JSON.stringify(drafts)) + aroundBytes
        if (maxBytes !== undefined && bytes > maxBytes) throw tooLarge(topic, bytes, maxBytes)
        return parseAppended((await ask('append', topic, drafts)).appended)
      },
      async renew(renewed) {
        const { expiresIn } = await ask('renew', renewed)
        token = renewed
        return typeof expiresIn === 'number' ? { expiresIn } : {}
      },
      async close() {
        line.end(wireError('retry', 'closed', 'The connection was closed'))
        await line.left
      },
    })
  })
}

const tooLarge = (topic: string, bytes: number, maxBytes: number) =>
  wireError('refused', 'too_large', `An append has ${bytes} bytes, the server takes ${maxBytes}`, {
    topic,
    hint: 'Emit less at once, or raise maxHttpBufferSize of the server.',
  })

const cursorOf = (after: Position | undefined) => (after ? encodeCursor(after) : null)
