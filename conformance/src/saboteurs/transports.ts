import type { ConnectContext, Connection, Page, Sink, Transport, WireItem } from '@steadywire/core'
import { createReferenceTransport } from '../reference-transport.ts'
import type { Rights } from '../rights.ts'
import type { ServerSide, TransportHarness } from '../transport/index.ts'
import { type Saboteur, withoutMark } from './saboteur.ts'

type Replace = (inner: Connection, side: ServerSide, context: ConnectContext) => Partial<Connection>

/** Transports that are broken in one way each. */
export const transportSaboteurs: readonly Saboteur<TransportHarness>[] = [
  breaksFeed('drops one in a thousand', ['D1h'], () => {
    let count = 0
    return (items) =>
      items.filter(() => {
        count += 1
        return count % 1000 !== 0
      })
  }),
  breaksFeed('says everything twice', ['D1h'], () => (items) => [...items, ...items]),
  breaksFeed('swaps two', ['D1h'], () => (items) => [...items].reverse()),
  breaksFeed(
    'loses the last event of a burst',
    ['D1h'],
    () => (items) => (items.length > 1 ? items.slice(0, -1) : items),
  ),
  breaksFeed('repeats an old event now and then', ['D1h'], () => {
    let first: WireItem | undefined
    return (items) => {
      first ??= items[0]
      return first && items[0] && 'seq' in items[0] && items[0].seq % 2 === 1 ? [...items, first] : items
    }
  }),
  breaksFeed(
    'names the wrong mark before an event',
    ['D1h'],
    () => (items) => items.map((item) => ({ ...item, prev: 'invented' })),
  ),
  breaksSink('tells heads that are too high', ['D1i'], (sink) => ({
    ...sink,
    head: (at) => (at ? sink.head({ ...at, seq: at.seq + 5, mark: 'invented' }) : sink.head()),
  })),
  breaksSink('tells heads with the mark of another event', ['D1i'], (sink) => ({
    ...sink,
    head: (at) => (at ? sink.head({ ...at, mark: 'invented' }) : sink.head()),
  })),
  breaks('answers `last` with the oldest', ['D1c'], (inner) => ({
    read: (topic, { last: _, ...range }, signal) => inner.read(topic, range, signal),
  })),
  breaks('reads on after a position of another epoch', ['D4h'], (inner) => ({
    read: (topic, { after, ...range }, signal) =>
      inner.read(topic, { ...range, ...(after && { after: { seq: after.seq } }) }, signal),
  })),
  breaksSink('promises heads and tells none', ['D1a'], (sink) => ({ ...sink, head: () => {} })),
  breaks('tells the head that it saw first', ['D1a', 'D1i'], (inner) => ({
    attach: (topic, after, sink, signal) => {
      let first: Parameters<Sink['head']>[0]
      const stuck: Sink = {
        ...sink,
        head(at) {
          first ??= at
          sink.head(first)
        },
      }
      return inner.attach(topic, after, stuck, signal)
    },
  })),
  breaksPage('hides a gap', ['D4a'], (page, after) => ({ ...page, oldest: Math.min(page.oldest, after + 1) })),
  breaksPage('says that a limited page proves everything', ['D1c'], (page) => ({ ...page, through: page.head })),
  breaksPage('forgets the last event of a page', ['D1c', 'D1'], (page) => ({
    ...page,
    events: page.events.slice(0, -1),
  })),
  breaksPage('does not say that a log was rewound', ['D4h'], ({ rewound: _, ...page }) => page),
  breaks('passes on no marks', ['D4c', 'D4h'], (inner) => ({
    read: (topic, { after, ...range }, signal) =>
      inner.read(topic, { ...range, ...(after && { after: withoutMark(after) }) }, signal),
    attach: (topic, after, sink, signal) => inner.attach(topic, after && withoutMark(after), sink, signal),
  })),
  breaks('reads events and head in two steps', ['D1b'], (inner) => ({
    async read(topic, range, signal) {
      const page = await inner.read(topic, range, signal)
      const { head } = await inner.read(topic, { limit: 1 }, signal)
      return { ...page, head, through: page.through === page.head ? head : page.through }
    },
  })),
  breaks('reads the first page before it joins the feed', ['D6a'], (inner) => ({
    async attach(topic, after, sink, signal) {
      const early = await inner.read(topic, { ...(after && { after }), limit: 1000 }, signal)
      await inner.attach(topic, undefined, sink, signal)
      return early
    },
  })),
  breaks('lets the second attach of a topic replace the first', ['D1h'], (inner) => {
    const feeds = new Map<string, AbortController>()
    return {
      attach(topic, after, sink, signal) {
        feeds.get(topic)?.abort()
        const own = new AbortController()
        feeds.set(topic, own)
        signal.addEventListener('abort', () => own.abort())
        return inner.attach(topic, after, sink, own.signal)
      },
    }
  }),
  breaks('calls late, after the abort', ['C8a'], (inner) => ({
    attach: (topic, after, sink) => inner.attach(topic, after, sink, new AbortController().signal),
  })),
  breaks('leaks a listener for each attach', ['C7'], (inner, { log }) => ({
    async attach(topic, after, sink, signal) {
      await log.tail(topic, { wake() {}, lost() {} })
      return inner.attach(topic, after, sink, signal)
    },
  })),
  breaks('never says that it closed', ['C8b'], () => ({ closed: new Promise(() => {}) })),
  breaks('leaves calls on a closed connection unanswered', ['C8b'], (inner) => {
    let over = false
    return {
      read: (topic, range, signal) => (over ? new Promise(() => {}) : inner.read(topic, range, signal)),
      async close() {
        over = true
        await inner.close()
      },
    }
  }),
  breaks('rejects instead of resolving `closed`', ['C8b'], (inner) => ({
    closed: inner.closed.then((error) => {
      throw error
    }),
  })),
  breaksConnect('ignores that a connect was given up', ['C7a'], (transport) => ({
    connect: (context) => transport.connect({ ...context, signal: new AbortController().signal }),
  })),
  breaksConnect('promises heartbeats that nobody hears', ['C4'], (transport) => ({
    connect: (context) => transport.connect({ ...context, heard: () => {} }),
  })),
  breaksConnect('takes any token', ['D10', 'C3'], (transport) => ({
    connect: (context) => transport.connect({ ...context, token: async () => undefined }),
  })),
  breaks('says that it renewed and does not', ['C5'], () => ({ renew: async () => ({}) })),
  breaks('says for how long it renewed and does not', ['C5'], () => ({ renew: async () => ({ expiresIn: 1200 }) })),
  breaks('drops what it does not know of a draft', ['E1b'], (inner) => ({
    append: async (topic, drafts, signal) =>
      (await inner.append?.(
        topic,
        drafts.map(({ id, type, data, final }) => ({ id, type, data, ...(final && { final }) })),
        signal,
      )) ?? [],
  })),
  breaks('ends the connection when a topic is refused', ['D7a'], (inner) => ({
    attach: (topic, after, sink, signal) =>
      inner.attach(topic, after, sink, signal).catch(async (error) => {
        await inner.close()
        throw error
      }),
  })),
  breaks('attaches one topic after the other', ['D7a'], (inner) => {
    let before: Promise<unknown> = Promise.resolve()
    return {
      attach(topic, after, sink, signal) {
        const attaching = before.then(() => inner.attach(topic, after, sink, signal))
        before = attaching.catch(() => {})
        return attaching
      },
    }
  }),
  breaks('appends a batch one by one', ['E1a'], (inner) => ({
    async append(topic, drafts, signal) {
      const answers = []
      for (const draft of drafts) answers.push(...((await inner.append?.(topic, [draft], signal)) ?? []))
      return answers
    },
  })),
  breaks('acknowledges before the log has it', ['E1'], (inner) => ({
    async append(topic, drafts, signal) {
      const { head, epoch = 'not-yet' } = await inner.read(topic, { limit: 1 }, signal)
      setTimeout(() => void inner.append?.(topic, drafts, signal), 5)
      return drafts.map((_, index) => ({ position: { epoch, seq: head + index + 1 }, duplicate: false }))
    },
  })),
  breaks('makes a new id for each try', ['E2', 'E3'], (inner) => ({
    append: async (topic, drafts, signal) =>
      (await inner.append?.(
        topic,
        drafts.map((draft) => ({ ...draft, id: crypto.randomUUID() })),
        signal,
      )) ?? [],
  })),
  breaks('appends in the name of nobody', ['E2a'], (_, { log }) => ({
    append: (topic, drafts) => log.append(topic, drafts),
  })),
  breaks('tells the heads of forbidden topics', ['D10'], (_, { log }) => ({
    async heads(topics) {
      const found = new Map()
      for (const topic of topics) found.set(topic, await log.read(topic, { limit: 1 }))
      return found
    },
  })),
  breaks('keeps delivering after the right was lost', ['D10a'], (inner, { log }) => ({
    async attach(topic, after, sink, signal) {
      const page = await inner.attach(topic, after, { ...sink, events: () => {} }, signal)
      const stop = await log.tail(topic, { wake: (events) => sink.events(events), lost() {} })
      signal.addEventListener('abort', () => void stop())
      return page
    },
  })),
  breaksRights('shows hidden events', ['D10'], ({ visible: _, ...grant }) => grant),
  breaksRights('asks for nobody’s right', ['D10'], (grant) => ({ ...grant, may: () => true })),
]

/** A reference transport with some of a connection's methods replaced. */
function breaks(name: string, clauses: readonly string[], replace: Replace): Saboteur<TransportHarness> {
  return saboteur(name, clauses, (side) => {
    const inner = createReferenceTransport(side)
    return {
      inner,
      transport: {
        ...inner,
        async connect(context) {
          const connection = await inner.connect(context)
          return { ...connection, ...replace(connection, side, context) }
        },
      },
    }
  })
}

function breaksSink(
  name: string,
  clauses: readonly string[],
  change: (sink: Sink) => Sink,
): Saboteur<TransportHarness> {
  return breaks(name, clauses, (inner) => ({
    attach: (topic, after, sink, signal) => inner.attach(topic, after, change(sink), signal),
  }))
}

function breaksFeed(
  name: string,
  clauses: readonly string[],
  create: () => (items: readonly WireItem[]) => readonly WireItem[],
): Saboteur<TransportHarness> {
  return breaksSink(name, clauses, (sink) => {
    const change = create()
    return { ...sink, events: (items) => sink.events(change(items)) }
  })
}

function breaksPage(
  name: string,
  clauses: readonly string[],
  change: (page: Page, after: number) => Page,
): Saboteur<TransportHarness> {
  return breaks(name, clauses, (inner) => ({
    read: async (topic, range, signal) => change(await inner.read(topic, range, signal), range.after?.seq ?? 0),
    attach: async (topic, after, sink, signal) =>
      change(await inner.attach(topic, after, sink, signal), after?.seq ?? Number.POSITIVE_INFINITY),
  }))
}

function breaksConnect(
  name: string,
  clauses: readonly string[],
  replace: (inner: Transport) => Partial<Transport>,
): Saboteur<TransportHarness> {
  return saboteur(name, clauses, (side) => {
    const inner = createReferenceTransport(side)
    return { inner, transport: { ...inner, ...replace(inner) } }
  })
}

type Grant = Awaited<ReturnType<Rights['authorise']>>

function breaksRights(
  name: string,
  clauses: readonly string[],
  change: (grant: Grant) => Grant,
): Saboteur<TransportHarness> {
  return saboteur(name, clauses, (side) => {
    const authorise: Rights['authorise'] = async (credentials) => change(await side.rights.authorise(credentials))
    const inner = createReferenceTransport({ ...side, rights: { ...side.rights, authorise } })
    return { inner, transport: inner }
  })
}

function saboteur(
  name: string,
  clauses: readonly string[],
  build: (side: ServerSide) => { inner: ReturnType<typeof createReferenceTransport>; transport: Transport },
): Saboteur<TransportHarness> {
  return {
    name,
    clauses,
    harness: {
      name,
      async setup(side) {
        const { inner, transport } = build(side)
        return { transport: () => transport, close: async () => inner.shutDown() }
      },
    },
  }
}
