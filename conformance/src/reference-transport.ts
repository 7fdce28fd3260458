import {
  type Attachment,
  type Head,
  markOf,
  type Page,
  type Position,
  type ReadRange,
  type Sink,
  type Transport,
  type WireError,
  type WireEvent,
  type WireItem,
  wireError,
} from '@steadywire/core'
import type { Grant } from '@steadywire/server'
import { deferred } from './facts.ts'
import type { ServerSide } from './transport/harness.ts'

export interface ReferenceTransport extends Transport {
  /** The server goes: every connection ends. */
  shutDown(): void
}

/** The transport contract in the plainest code that keeps it: one process, straight over a log. */
export function createReferenceTransport({
  log,
  rights,
  heartbeatMs,
}: Omit<ServerSide, 'gateway'>): ReferenceTransport {
  const ends = new Set<(error: WireError) => void>()
  return {
    name: 'reference',
    capabilities: { positions: true, heads: true, append: true, renew: true },
    shutDown() {
      for (const end of ends) end(wireError('retry', 'connection_lost', 'the server went away'))
    },
    async connect({ token, heard, signal }) {
      let current = await unlessAborted(token(), signal)
      let grant = await rights.authorise(current === undefined ? {} : { token: current })
      if (signal.aborted) throw wireError('retry', 'closed', 'the connect was given up')
      const closed = deferred<WireError>()
      const feeds = new Map<AbortSignal, { topic: string; sink: Sink; stop: () => void }>()
      const timer = setInterval(() => void beat(), heartbeatMs)

      let over = false
      ends.add(end)

      async function beat(): Promise<void> {
        heard()
        if (expired(grant))
          return end(wireError('auth', 'unauthenticated', 'expired', current === undefined ? {} : { token: current }))
        for (const [key, { topic, sink }] of [...feeds]) {
          const head = await headOf(topic)
          if (!feeds.has(key)) continue
          if (await allowed(topic)) sink.head(positionOfHead(head))
          else lose(key, forbidden(topic))
        }
      }

      function end(error: WireError): void {
        over = true
        ends.delete(end)
        clearInterval(timer)
        for (const feed of feeds.values()) feed.stop()
        feeds.clear()
        closed.resolve(error)
      }

      function lose(key: AbortSignal, error: WireError): void {
        const feed = feeds.get(key)
        feed?.stop()
        feeds.delete(key)
        feed?.sink.lost(error)
      }

      const allowed = async (topic: string) => !expired(grant) && (await grant.may('read', topic))
      const headOf = async (topic: string): Promise<Head> => bare(await log.read(topic, { last: true, limit: 1 }))

      async function page(topic: string, range: ReadRange): Promise<Page> {
        if (over) throw wireError('retry', 'closed', 'the connection is closed')
        if (!(await allowed(topic))) throw forbidden(topic)
        const whole = await log.read(topic, range)
        heard()
        return { ...whole, events: whole.events.filter((event) => grant.visible?.(event) !== false) }
      }

      return {
        heartbeatMs,
        closed: closed.promise,
        async attach(topic, after, sink, aborted): Promise<Attachment> {
          if (!(await allowed(topic))) throw forbidden(topic)
          if (aborted.aborted) throw wireError('retry', 'unsubscribed', 'the attach was given up')
          let last: Position | undefined
          const stopTail = await log.tail(topic, {
            async wake(events) {
              if (!(await allowed(topic))) return lose(aborted, forbidden(topic))
              if (!feeds.has(aborted)) return
              heard()
              const items = events.map((event) => itemOf(event, last, grant))
              last = events.at(-1) ?? last
              if (items.length > 0) sink.events(items)
              else sink.head()
            },
            lost: (error) => lose(aborted, wireError('retry', 'unavailable', 'the tail was lost', { cause: error })),
          })
          const stop = () => {
            feeds.delete(aborted)
            void stopTail()
          }
          feeds.set(aborted, { topic, sink, stop })
          aborted.addEventListener('abort', stop, { once: true })
          if (aborted.aborted) stop()
          const first = after ? await page(topic, { after, limit: 1000 }) : emptyAt(await headOf(topic))
          return { ...first, ...lifetime(grant) }
        },
        read: (topic, range) => page(topic, range),
        async heads(topics) {
          const found = new Map<string, Head>()
          for (const topic of topics) if (await allowed(topic)) found.set(topic, await headOf(topic))
          return found
        },
        async append(topic, drafts) {
          if (!(await grant.may('append', topic, drafts))) throw forbidden(topic)
          return log.append(topic, drafts, { scope: grant.subject ?? '' })
        },
        async renew(fresh) {
          grant = await rights.authorise({ token: fresh })
          current = fresh
          return lifetime(grant)
        },
        async close() {
          end(wireError('retry', 'closed', 'closed'))
        },
      }
    },
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(wireError('retry', 'closed', 'given up')), { once: true })
    promise.then(resolve, reject)
  })
}

function itemOf(event: WireEvent, before: Position | WireEvent | undefined, grant: Grant): WireItem {
  const mark = before && before.seq === event.seq - 1 && 'id' in before ? { prev: markOf(before.id) } : {}
  if (grant.visible?.(event) !== false) return { ...event, ...mark }
  return { epoch: event.epoch, skip: [event.seq, event.seq], mark: markOf(event.id), ...mark }
}

/** For how long a right lasts, as the wire says it. */
function lifetime({ expiresAt }: Grant): Pick<Attachment, 'expiresIn'> {
  return expiresAt === undefined ? {} : { expiresIn: Math.max(0, expiresAt - Date.now()) }
}

function expired({ expiresAt }: Grant): boolean {
  return expiresAt !== undefined && expiresAt <= Date.now()
}

function forbidden(topic: string): WireError {
  return wireError('refused', 'forbidden', `${topic} may not be read`, { topic })
}

function positionOfHead({ epoch, head, mark }: Head): Position {
  return { seq: head, ...(epoch !== undefined && { epoch }), ...(mark !== undefined && { mark }) }
}

function emptyAt(head: Head): Page {
  return { ...head, events: [], through: head.head, ...(head.mark !== undefined && { throughMark: head.mark }) }
}

/** The head alone of what a page says. */
function bare({ epoch, oldest, head, mark, sealed }: Head): Head {
  return {
    oldest,
    head,
    ...(epoch !== undefined && { epoch }),
    ...(mark !== undefined && { mark }),
    ...(sealed !== undefined && { sealed }),
  }
}
