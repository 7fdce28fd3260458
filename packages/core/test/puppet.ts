import {
  type ConnectContext,
  type Connection,
  type Head,
  markOf,
  type Page,
  type Position,
  type ReadRange,
  type Sink,
  type Transport,
  type WireError,
  type WireEvent,
  wireError,
} from '../src/index.ts'

/** An event as the log `e` of a puppet would hold it. */
export function event(seq: number, extra: Partial<WireEvent> = {}): WireEvent {
  return { id: `event-${seq}`, topic: 'job:1', epoch: 'e', seq, type: 'progress', data: seq, time: seq, ...extra }
}

/** The page of a log that has the events 1 to `head`, after `after`. */
export function page(head: number, after = 0, extra: Partial<Page> = {}): Page {
  const events = Array.from({ length: Math.max(0, head - after) }, (_, index) => event(after + index + 1))
  const mark = markOf(`event-${head}`)
  return { epoch: 'e', oldest: 1, head, mark, through: head, throughMark: mark, events, ...extra }
}

export interface Puppet {
  readonly transport: Transport
  readonly contexts: ConnectContext[]
  /** Of every attach, in order. */
  readonly sinks: Sink[]
  readonly signals: AbortSignal[]
  readonly afters: (Position | undefined)[]
  closes: number
  cut(error?: WireError): void
  connect: (context: ConnectContext) => Promise<Connection>
  attach: (after: Position | undefined, sink: Sink, signal: AbortSignal, topic: string) => Promise<Page>
  read: (range: ReadRange, topic: string) => Promise<Page>
  heads: ((topics: readonly string[]) => Promise<ReadonlyMap<string, Head>>) | undefined
  closed: (() => Promise<WireError>) | undefined
}

/** A wire that does what the test says, without delay. The log has `head` events. */
export function puppet(head: () => number = () => 0, capabilities: Partial<Transport['capabilities']> = {}): Puppet {
  let end = (_: WireError): void => {}
  const self: Puppet = {
    contexts: [],
    sinks: [],
    signals: [],
    afters: [],
    closes: 0,
    cut: (error = wireError('retry', 'connection_lost', 'cut')) => end(error),
    transport: {
      name: 'puppet',
      capabilities: { positions: true, heads: true, append: false, renew: false, ...capabilities },
      connect(context) {
        self.contexts.push(context)
        return self.connect(context)
      },
    },
    async connect() {
      return connection()
    },
    attach: async (after) => (head() === 0 ? empty : after ? page(head(), after.seq) : page(head(), head())),
    read: async ({ after }) => page(head(), after?.seq),
    heads: undefined,
    closed: undefined,
  }
  const empty: Page = { oldest: 1, head: 0, through: 0, events: [] }

  function connection(): Connection {
    const ended = new Promise<WireError>((resolve) => {
      end = resolve
    })
    return {
      closed: self.closed ? self.closed() : ended,
      attach(topic, after, sink, signal) {
        self.sinks.push(sink)
        self.signals.push(signal)
        self.afters.push(after)
        return self.attach(after, sink, signal, topic)
      },
      read: (topic, range) => self.read(range, topic),
      ...(self.heads && { heads: (topics: readonly string[]) => (self.heads ?? (async () => new Map()))(topics) }),
      async close() {
        self.closes += 1
        end(wireError('retry', 'closed', 'closed'))
      },
    }
  }
  return self
}
