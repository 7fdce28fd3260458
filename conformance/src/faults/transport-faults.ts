import {
  type AnyTransport,
  type Attachment,
  type ConnectContext,
  type Connection,
  type Page,
  type Position,
  type ReadRange,
  type Sink,
  type Transport,
  type UnsequencedConnection,
  type UnsequencedEvent,
  type UnsequencedTransport,
  type WireError,
  type WireItem,
  wireError,
} from '@steadywire/core'
import { createLine, type Line, wrapUnsequenced } from './line.ts'
import { createPassage } from './passage.ts'
import type { Wire } from './wire.ts'

/** Changes what a feed says: any number of batches instead of one. */
export type Tamper = (items: readonly WireItem[]) => readonly (readonly WireItem[])[]

/** Faults at the level of the Transport interface: they work over every wire, also one without sockets. */
export interface TransportFaults extends Wire {
  /** The transport under test, with the faults in between. */
  readonly transport: AnyTransport
  /** Changes the batches of every feed; `undefined` leaves them alone. */
  tamper: Tamper | undefined
  /** The same on a wire without positions. */
  tamperUnsequenced: ((events: readonly UnsequencedEvent[]) => readonly UnsequencedEvent[]) | undefined
  /** Sees every page before the core does: it may wait, throw, or answer another one. */
  page: ((page: Page, topic: string) => Promise<Page>) | undefined
  /** Heads do not reach the core. */
  loseHeads: boolean
  /** Connects are refused with this error. */
  refusal: WireError | undefined
  /** An abort is not passed on, and what still comes is handed over: an adapter that speaks late. */
  leaky: boolean
  /** A connect that was given up resolves all the same, when it is told to. */
  lateConnect: Promise<void> | undefined
  /** The next appends reach the log, but their answer is lost with the connection. */
  loseAppendAnswers: number
  /** What is left of the capabilities. */
  limit(to: { readonly heartbeat?: false; readonly renew?: false; readonly heads?: false }): void
  /** Says something on every feed, as if the wire had said it. */
  inject(say: (sink: Sink) => void): void
  /** How many connections that had been opened were closed by the core. */
  readonly closedByCore: number
}

type AnyConnection = Connection | UnsequencedConnection

/** @param source Asked for the transport at each connect, since a server that is restarted is another one. */
export function createTransportFaults(name: string, source: () => AnyTransport): TransportFaults {
  const lines = new Set<Line<Sink>>()
  let tried = 0
  let stalled = false
  let delayMs = 0
  let allowance = Number.POSITIVE_INFINITY
  let wasCut = (): void => {}
  let refusing = false
  let closedByCore = 0
  let perSecond = 0
  let without: Parameters<TransportFaults['limit']>[0] = {}

  async function open<C extends AnyConnection>(
    context: ConnectContext,
    connect: (context: ConnectContext) => Promise<C>,
  ): Promise<{ readonly inner: C; readonly line: Line<Sink> }> {
    tried += 1
    if (faults.refusal) throw faults.refusal
    if (refusing) throw wireError('retry', 'unavailable', 'the connection was refused')
    const passage = createPassage()
    passage.delayMs = delayMs
    if (stalled) passage.hold()
    const given = new AbortController()
    const giveUp = () => given.abort()
    const opening = createLine(lines, async () => giveUp(), passage)
    const cut = opening.closed.then((error) => Promise.reject(error))
    cut.catch(() => {})
    await passage.pass()
    const late = faults.lateConnect
    if (!late) context.signal.addEventListener('abort', giveUp)
    if (!late && context.signal.aborted) giveUp()
    const opened = connect({ ...context, signal: given.signal, heard: () => passage.run(() => context.heard()) })
    const inner = await Promise.race([opened, cut]).finally(() => lines.delete(opening))
    if (late) await late
    const line = createLine(lines, () => inner.close(), passage)
    void inner.closed.then((error) => passage.run(() => line.end(error)))
    return { inner, line }
  }

  const closing = (inner: AnyConnection, line: Line<Sink>) => async (): Promise<void> => {
    closedByCore += 1
    line.end(wireError('retry', 'closed', 'closed by the core'))
    await inner.close()
  }

  function wrap(inner: Connection, line: Line<Sink>): Connection {
    const { passage, closed } = line
    const call = async <T>(run: () => Promise<T>): Promise<T> => {
      await passage.pass()
      const answer = await run()
      await passage.pass()
      return answer
    }
    const seen = async <T extends Page>(page: T, topic: string): Promise<T> =>
      faults.page ? { ...page, ...(await faults.page(page, topic)) } : page
    const { append, heads, renew } = inner
    return {
      closed,
      ...(inner.heartbeatMs !== undefined && without.heartbeat !== false && { heartbeatMs: inner.heartbeatMs }),
      attach(topic, after, sink, signal): Promise<Attachment> {
        const through = sinkThrough(sink, line, signal)
        line.sinks.add(through)
        signal.addEventListener('abort', () => line.sinks.delete(through))
        const inward = faults.leaky ? new AbortController().signal : signal
        return call(async () => seen(await inner.attach(topic, after, through, inward), topic))
      },
      read: (topic: string, range: ReadRange, signal: AbortSignal): Promise<Page> =>
        call(async () => seen(await inner.read(topic, range, signal), topic)),
      ...(heads &&
        without.heads !== false && {
          heads: (topics: readonly string[], signal: AbortSignal) => call(() => heads.call(inner, topics, signal)),
        }),
      ...(append &&
        ({
          append: (topic, drafts, signal) =>
            call(async () => {
              const answer = await append.call(inner, topic, drafts, signal)
              if (faults.loseAppendAnswers <= 0) return answer
              faults.loseAppendAnswers -= 1
              const error = wireError('retry', 'connection_lost', 'the answer was lost')
              line.end(error)
              throw error
            }),
        } satisfies Partial<Connection>)),
      ...(renew && without.renew !== false && { renew: (token: string) => call(() => renew.call(inner, token)) }),
      close: closing(inner, line),
    }
  }

  function sinkThrough(sink: Sink, line: Line<Sink>, signal: AbortSignal): Sink {
    const say = (task: () => void): void => line.passage.run(() => (faults.leaky || !signal.aborted) && task())
    return {
      events(batch) {
        const batches = faults.tamper ? faults.tamper(batch) : [batch]
        for (const items of batches) {
          const size = JSON.stringify(items).length
          if (size > allowance) {
            allowance = Number.POSITIVE_INFINITY
            say(() => sink.events(items.slice(0, Math.floor(items.length / 2))))
            line.passage.run(() => line.end(wireError('retry', 'connection_lost', 'cut in the middle of a frame')))
            wasCut()
            return
          }
          allowance -= size
          if (perSecond > 0) line.passage.delayMs = (size * 1000) / perSecond
          say(() => sink.events(items))
        }
      },
      head: (at?: Position) => void (faults.loseHeads || say(() => (at ? sink.head(at) : sink.head()))),
      lost: (error) => say(() => sink.lost(error)),
    }
  }

  const endAll = (message: string): void => {
    for (const line of [...lines]) line.end(wireError('retry', 'connection_lost', message))
  }

  const transport = (): AnyTransport => {
    const found = source()
    if (!isSequenced(found))
      return {
        ...found,
        name,
        async connect(context) {
          const { inner, line } = await open(context, (within) => unsequenced(source()).connect(within))
          return wrapUnsequenced(
            inner,
            line,
            closing(inner, line),
            (events) => faults.tamperUnsequenced?.(events) ?? events,
          )
        },
      }
    return {
      name,
      get capabilities() {
        return {
          ...found.capabilities,
          ...(without.renew === false && { renew: false }),
          ...(without.heads === false && { heads: false }),
        }
      },
      async connect(context) {
        const { inner, line } = await open(context, (within) => sequenced(source()).connect(within))
        return wrap(inner, line)
      },
    }
  }

  const faults: TransportFaults = {
    transport: transport(),
    tamper: undefined,
    tamperUnsequenced: undefined,
    page: undefined,
    loseHeads: false,
    refusal: undefined,
    leaky: false,
    lateConnect: undefined,
    loseAppendAnswers: 0,
    limit(to) {
      without = to
    },
    inject(say) {
      for (const line of lines) for (const sink of line.sinks) say(sink)
    },
    get closedByCore() {
      return closedByCore
    },
    get open() {
      return lines.size
    },
    get tried() {
      return tried
    },
    cut: () => endAll('the connection ended'),
    reset: () => endAll('the connection broke off'),
    stall() {
      stalled = true
      for (const { passage } of lines) passage.hold()
    },
    flow() {
      stalled = false
      for (const { passage } of lines) passage.release()
    },
    refuse(now) {
      refusing = now
    },
    delay(ms) {
      delayMs = ms
      for (const { passage } of lines) passage.delayMs = ms
    },
    throttle(bytesPerSecond) {
      perSecond = bytesPerSecond
      if (bytesPerSecond === 0) for (const { passage } of lines) passage.delayMs = delayMs
    },
    cutAfter(bytes) {
      allowance = bytes
      return new Promise((resolve) => {
        wasCut = resolve
      })
    },
  }
  return faults
}

export function isSequenced(transport: AnyTransport): transport is Transport {
  return transport.capabilities.positions
}

function sequenced(transport: AnyTransport): Transport {
  if (isSequenced(transport)) return transport
  throw new Error('the transport had positions, and has none any more')
}

function unsequenced(transport: AnyTransport): UnsequencedTransport {
  if (!isSequenced(transport)) return transport
  throw new Error('the transport had no positions, and has some now')
}
