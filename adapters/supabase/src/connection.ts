import { type Attachment, type Connection, type Position, type Sink, type WireError, wireError } from '@steadywire/core'
import { givenUp, unlessAborted } from '@steadywire/core/protocol'
import type { Channels } from './channels.ts'
import type { Rest } from './rest.ts'

/** How many events the first page has at most: as many as the database gives at once. */
const pageSize = 1000

export interface ConnectionParts {
  readonly rest: Rest
  readonly channels: Channels
  readonly heartbeatMs?: number
  /** Puts a fresh token on the open connection; absent where the app does that. */
  readonly renew?: (token: string) => Promise<void>
  /** Opens the line, if it is ours and not open yet. */
  readonly dial: () => void
  /** Ends the line, if it is ours. */
  readonly hangUp: () => void
}

/** One connection: live events come by channels, everything else is asked of the database. */
export function createConnection(
  { rest, channels, heartbeatMs, renew, dial, hangUp }: ConnectionParts,
  given: AbortSignal,
) {
  const life = new AbortController()
  let over: WireError | undefined
  let resolveClosed = (_: WireError): void => {}
  const closed = new Promise<WireError>((resolve) => {
    resolveClosed = resolve
  })

  function end(error: WireError): void {
    if (over) return
    over = error
    hangUp()
    channels.close()
    life.abort()
    resolveClosed(error)
  }
  given.addEventListener('abort', () => end(givenUp()), { once: true })

  /** A call ends with the connection, too. */
  async function call<T>(signal: AbortSignal, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (over) throw over
    const ending = new AbortController()
    const giveUp = () => ending.abort()
    for (const each of [signal, life.signal]) each.addEventListener('abort', giveUp)
    if (signal.aborted) giveUp()
    try {
      return await unlessAborted(run(ending.signal), ending.signal)
    } catch (thrown) {
      throw over ?? thrown
    } finally {
      for (const each of [signal, life.signal]) each.removeEventListener('abort', giveUp)
    }
  }

  async function firstPage(topic: string, after: Position | undefined, signal: AbortSignal): Promise<Attachment> {
    return await rest.read(topic, after ? { after, limit: pageSize } : { limit: 0, last: true }, signal)
  }

  const connection: Connection = {
    ...(heartbeatMs !== undefined && { heartbeatMs }),
    closed,
    async attach(topic, after, sink: Sink, signal) {
      if (over) throw over
      dial()
      const { ready, leave } = channels.follow(topic, sink)
      signal.addEventListener('abort', leave, { once: true })
      try {
        return await call(signal, async (ending) => {
          await unlessAborted(ready, ending)
          return await firstPage(topic, after, ending)
        })
      } catch (thrown) {
        signal.removeEventListener('abort', leave)
        leave()
        throw thrown
      }
    },
    async read(topic, range, signal) {
      const { expiresIn: _, ...page } = await call(signal, (ending) => rest.read(topic, range, ending))
      return page
    },
    heads: async (topics, signal) => (await call(signal, (ending) => rest.heads(topics, ending))).heads,
    append: (topic, drafts, signal) => call(signal, (ending) => rest.append(topic, drafts, ending)),
    ...(renew && {
      async renew(token) {
        await renew(token)
        // The database knows best how long it is good for; and a token that it refuses is found out here.
        const { expiresIn } = await call(life.signal, (ending) => rest.heads([], ending))
        return expiresIn === undefined ? {} : { expiresIn }
      },
    }),
    async close() {
      end(wireError('retry', 'closed', 'The connection was closed'))
    },
  }
  return { connection, end }
}
