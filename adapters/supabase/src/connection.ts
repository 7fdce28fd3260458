import { type Attachment, type Connection, type Position, type Sink, type WireError, wireError } from '@steadywire/core'
import type { Channels } from './channels.ts'
import type { Rest } from './rest.ts'
import { givenUp, unlessAborted } from './until.ts'

/** How many events the first page has at most: as many as the database gives at once. */
const pageSize = 1000

export interface ConnectionParts {
  readonly rest: Rest
  readonly channels: Channels
  readonly heartbeatMs?: number
  /** Puts a fresh token on the open connection; absent where the app does that. */
  readonly renew?: (token: string) => Promise<void>
  /** Ends the line, if it is ours. */
  readonly hangUp: () => void
}

/** One connection: live events come by channels, everything else is asked of the database. */
export function createConnection({ rest, channels, heartbeatMs, renew, hangUp }: ConnectionParts, given: AbortSignal) {
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
    const either = AbortSignal.any([signal, life.signal])
    try {
      return await unlessAborted(run(either), either)
    } catch (thrown) {
      throw over ?? thrown
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
      const { ready, leave } = channels.follow(topic, sink)
      signal.addEventListener('abort', leave, { once: true })
      try {
        return await call(signal, async (either) => {
          await unlessAborted(ready, either)
          return await firstPage(topic, after, either)
        })
      } catch (thrown) {
        signal.removeEventListener('abort', leave)
        leave()
        throw thrown
      }
    },
    async read(topic, range, signal) {
      const { expiresIn: _, ...page } = await call(signal, (either) => rest.read(topic, range, either))
      return page
    },
    heads: async (topics, signal) => (await call(signal, (either) => rest.heads(topics, either))).heads,
    append: (topic, drafts, signal) => call(signal, (either) => rest.append(topic, drafts, either)),
    ...(renew && {
      async renew(token) {
        await renew(token)
        // The database knows best how long it is good for; and a token that it refuses is found out here.
        const { expiresIn } = await call(life.signal, (either) => rest.heads([], either))
        return expiresIn === undefined ? {} : { expiresIn }
      },
    }),
    async close() {
      end(wireError('retry', 'closed', 'The connection was closed'))
    },
  }
  return { connection, end }
}
