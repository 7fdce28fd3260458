import type { Clock } from '../clock.ts'
import { type WireError, wireError } from '../errors.ts'
import { type Draft, markOf, type Position, type WireEvent, type WireItem } from '../event.ts'
import type { ConnectContext, Connection, Page, ReadRange, Sink, Transport } from '../transport.ts'
import type { TestLog } from './test-log.ts'

/** How the wire of a test behaves; changed while it runs. */
export interface WireConditions {
  /** How long a message takes in one direction, ms. */
  latency(): number
  /** What becomes of live items on their way: the batches that arrive. */
  live(items: readonly WireItem[]): readonly (readonly WireItem[])[]
  /** Why a connection is refused, if it is. */
  refusal(token: string | undefined): WireError | undefined
  /** Why a topic is refused, if it is. */
  topicRefusal(topic: string): WireError | undefined
  /** Which events readers may see: the others are stepped over, in pages and live. */
  visible(event: WireEvent): boolean
  /** Nothing arrives any more, in either direction, and nobody is told. */
  readonly stalled: boolean
}

export interface TestTransport {
  readonly transport: Transport
  /** Ends all connections. */
  cut(error?: WireError): void
  /** Messages under way. */
  readonly inFlight: number
}

interface Open {
  readonly followed: Map<Sink, string>
  receive(message: () => void): void
  end(error: WireError): void
}

/** A wire in one process, over a {@link TestLog}: in order like TCP, as slow and as faulty as its conditions say. */
export function createTestTransport(
  log: TestLog,
  clock: Clock,
  conditions: WireConditions,
  heartbeatMs: number,
): TestTransport {
  const connections = new Set<Open>()
  let inFlight = 0

  log.listen((topic, events) => {
    for (const { followed, receive } of connections)
      for (const [sink, name] of followed)
        if (name === topic)
          for (const batch of conditions.live(withPrev(topic, events)))
            receive(() => followed.has(sink) && sink.events(batch))
  })

  function withPrev(topic: string, events: readonly WireEvent[]): readonly WireItem[] {
    return events.map((event, index) => {
      const before = events[index - 1]
      const prev = before ? markOf(before.id) : headOf(topic, event.seq - 1).throughMark
      const item: WireItem = conditions.visible(event)
        ? event
        : { epoch: event.epoch, skip: [event.seq, event.seq], mark: markOf(event.id) }
      return prev === undefined ? item : { ...item, prev }
    })
  }

  function read(topic: string, range: ReadRange): Page {
    const page = log.read(topic, range)
    return { ...page, events: page.events.filter(conditions.visible) }
  }

  function check(topic: string): void {
    const refusal = conditions.topicRefusal(topic)
    if (refusal) throw refusal
  }

  function headOf(topic: string, after: number): Page {
    return log.read(topic, { after: { seq: after }, limit: 0 })
  }

  function travel(order: { at: number }, message: () => void): void {
    order.at = Math.max(order.at, clock.now() + conditions.latency())
    inFlight += 1
    clock.after(order.at - clock.now(), () => {
      inFlight -= 1
      if (!conditions.stalled) message()
    })
  }

  async function connect(context: ConnectContext): Promise<Connection> {
    const up = { at: 0 }
    const down = { at: 0 }
    const token = await context.token()
    await new Promise<void>((resolve, reject) => {
      context.signal.addEventListener('abort', () => reject(wireError('retry', 'closed', 'aborted')))
      travel(up, () => {
        const refusal = conditions.refusal(token)
        travel(down, () => (refusal ? reject(refusal) : resolve()))
      })
    })
    return open(context, up, down)
  }

  function open(context: ConnectContext, up: { at: number }, down: { at: number }): Connection {
    let finish = (_: WireError): void => {}
    const closed = new Promise<WireError>((resolve) => {
      finish = resolve
    })
    const followed = new Map<Sink, string>()
    const self: Open = {
      followed,
      receive: (message) =>
        travel(down, () => {
          if (!connections.has(self)) return
          context.heard()
          message()
        }),
      end(error) {
        connections.delete(self)
        stopBeating()
        followed.clear()
        finish(error)
      },
    }
    connections.add(self)
    let stopBeating = clock.after(heartbeatMs, beat)

    function beat(): void {
      stopBeating = clock.after(heartbeatMs, beat)
      for (const [sink, topic] of followed) {
        const { epoch, head, mark } = headOf(topic, 0)
        const at: Position = { seq: head, ...(epoch && { epoch }), ...(mark && { mark }) }
        self.receive(() => followed.has(sink) && sink.head(at))
      }
      self.receive(() => {})
    }

    function ask<T>(answer: () => T): Promise<T> {
      return new Promise((resolve, reject) => {
        travel(up, () => {
          if (!connections.has(self)) return
          try {
            const value = answer()
            self.receive(() => resolve(value))
          } catch (error) {
            self.receive(() => reject(error))
          }
        })
      })
    }

    return {
      heartbeatMs,
      closed,
      attach: (topic, after, sink, signal) =>
        ask(() => {
          check(topic)
          if (!signal.aborted) followed.set(sink, topic)
          signal.addEventListener('abort', () => followed.delete(sink))
          return after ? read(topic, { after, limit: 1000 }) : atHead(log.read(topic, { limit: 0, last: true }))
        }),
      read: (topic: string, range: ReadRange) =>
        ask(() => {
          check(topic)
          return read(topic, range)
        }),
      heads: (topics) => ask(() => new Map(topics.map((topic) => [topic, headOf(topic, 0)]))),
      append: (topic: string, drafts: readonly Draft[]) => ask(() => log.append(topic, drafts)),
      renew: (token) =>
        ask(() => {
          const refusal = conditions.refusal(token)
          if (refusal) throw refusal
          return {}
        }),
      async close() {
        self.end(wireError('retry', 'closed', 'closed by this side'))
      },
    }
  }

  return {
    transport: {
      name: 'test',
      capabilities: { positions: true, heads: true, append: true, renew: true },
      connect,
    },
    cut(error = wireError('retry', 'connection_lost', 'The wire was cut')) {
      for (const connection of [...connections]) connection.end(error)
    },
    get inFlight() {
      return inFlight
    },
  }
}

function atHead(page: Page): Page {
  return { ...page, through: page.head, ...(page.mark && { throughMark: page.mark }) }
}
