import {
  type ConnectContext,
  type Connection,
  systemClock,
  type Transport,
  toWireError,
  wireError,
} from '@steadywire/core'
import { type Frame, givenUp, parseFrame } from '@steadywire/core/protocol'
import { createParser } from 'eventsource-parser'
import { createConnection, type Opening } from './connection.ts'
import { topicsOf } from './feed.ts'
import { createDecoder, createHttp } from './http.ts'
import type { OpenResponse, SseOptions } from './options.ts'
import { watchAnswer, watchRhythm } from './rhythm.ts'

/**
 * Steadywire over Server-Sent Events: one response streams all topics of a subscriber, short requests change it.
 *
 * @example
 * const subscriber = createSubscriber({ transport: sse({ url: '/events' }), identity: { token } })
 *
 * @throws SteadywireError `invalid_config` without a `url`
 */
export function sse(options: SseOptions): Transport {
  const clock = options.clock ?? systemClock
  const http = createHttp(options, clock)
  return {
    name: 'sse',
    capabilities: { positions: true, heads: true, append: true, renew: true },
    async connect(context) {
      const line = new AbortController()
      const giveUp = () => line.abort()
      // Whatever is waited for may hang: a refresh of the token, or a source that does not know signals.
      const aborted = new Promise<never>((_, reject) => {
        line.signal.addEventListener('abort', () => reject(givenUp()))
      })
      context.signal.addEventListener('abort', giveUp)
      if (context.signal.aborted) giveUp()
      try {
        return await Promise.race([aborted, open(context, line)])
      } catch (thrown) {
        giveUp()
        throw toWireError(thrown, 'unavailable')
      }
    },
  }

  async function open(context: ConnectContext, line: AbortController): Promise<Connection> {
    const token = await context.token()
    if (line.signal.aborted) throw givenUp()
    const topics = topicsOf(context.wanted)
    const answered = watchAnswer(clock, context.warn, () => http.call('heads', { topics: [] }, token, line.signal))
    line.signal.addEventListener('abort', answered)
    const response = await http.open({ topics }, token, line.signal).finally(answered)
    const rhythm = watchRhythm(clock, context.warn)
    if (line.signal.aborted) rhythm.stop()
    line.signal.addEventListener('abort', rhythm.stop)
    return await listen({ http, context, line, topics, token }, response, rhythm)
  }
}

/** Resolves with the first frame. What comes afterwards is the connection's. */
function listen(
  opening: Opening,
  { chunks }: OpenResponse,
  rhythm: ReturnType<typeof watchRhythm>,
): Promise<Connection> {
  const { context, line } = opening
  return new Promise((resolve, reject) => {
    let open: ReturnType<typeof createConnection> | undefined
    let beats = 0
    const decode = createDecoder()

    const take = (frame: Frame) => {
      if (frame.kind === 'heads') beats++
      if (open) return open.take(frame)
      if (frame.kind === 'closing') throw frame.error
      if (frame.kind !== 'hello')
        throw wireError('retry', 'protocol', `The stream began with "${frame.kind}" and not with "hello"`)
      rhythm.heard(0, frame.heartbeatMs)
      open = createConnection(opening, frame)
      resolve(open.connection)
    }
    const parser = createParser({
      onEvent: ({ data }) => take(parseFrame(data, context.warn, open ? open.token() : opening.token)),
    })

    const pump = async (): Promise<never> => {
      for (;;) {
        const chunk = await chunks.next()
        if (chunk.done || line.signal.aborted)
          throw wireError('retry', 'connection_lost', 'The server ended the stream')
        context.heard()
        beats = 0
        parser.feed(decode(chunk.value))
        if (beats > 0 && open) rhythm.heard(beats, open.connection.heartbeatMs)
      }
    }
    pump().catch((thrown: unknown) => {
      const error = toWireError(thrown)
      reject(error)
      open?.end(error)
    })
  })
}
