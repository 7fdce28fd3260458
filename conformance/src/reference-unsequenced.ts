import {
  type UnsequencedEvent,
  type UnsequencedSink,
  type UnsequencedTransport,
  type WireError,
  type WireEvent,
  wireError,
} from '@steadywire/core'
import { deferred } from './facts.ts'
import type { ServerSide } from './transport/harness.ts'

interface ReferenceOptions extends Omit<ServerSide, 'gateway'> {
  /** Gives what was missed since the topic was attached before. */
  readonly history?: boolean
}

/** A wire without positions in the plainest code: a bare broadcast of what is appended while somebody listens. */
export function createReferenceUnsequenced({
  log,
  rights,
  heartbeatMs,
  history = false,
}: ReferenceOptions): UnsequencedTransport & { shutDown(): void } {
  const ends = new Set<(error: WireError) => void>()
  /** The last seq that each topic was told. */
  const told = new Map<string, number>()
  return {
    name: 'reference-unsequenced',
    capabilities: { positions: false, heads: false, append: false, renew: false },
    shutDown() {
      for (const end of ends) end(wireError('retry', 'connection_lost', 'the server went away'))
    },
    async connect({ token, heard, signal }) {
      const current = await token()
      const grant = await rights.authorise(current === undefined ? {} : { token: current })
      if (signal.aborted) throw wireError('retry', 'closed', 'the connect was given up')
      const closed = deferred<WireError>()
      const stops = new Set<() => void>()
      const timer = setInterval(heard, heartbeatMs)
      const end = (error: WireError): void => {
        ends.delete(end)
        clearInterval(timer)
        for (const stop of stops) stop()
        closed.resolve(error)
      }
      ends.add(end)
      const listen = async (topic: string, sink: UnsequencedSink, aborted: AbortSignal): Promise<void> => {
        const stopTail = await log.tail(topic, {
          async wake(events) {
            if (aborted.aborted) return
            heard()
            if (await grant.may('read', topic)) {
              for (const { seq } of events) told.set(topic, seq)
              return sink.events(events.map(withoutPosition))
            }
            stop()
            sink.lost(wireError('refused', 'forbidden', `${topic} may not be read`, { topic }))
          },
          lost: (cause) => sink.lost(wireError('retry', 'unavailable', 'the tail was lost', { cause })),
        })
        const stop = (): void => {
          stops.delete(stop)
          void stopTail()
        }
        stops.add(stop)
        aborted.addEventListener('abort', stop, { once: true })
      }
      return {
        heartbeatMs,
        closed: closed.promise,
        async attach(topic, sink, aborted) {
          if (!(await grant.may('read', topic)))
            throw wireError('refused', 'forbidden', `${topic} may not be read`, { topic })
          await listen(topic, sink, aborted)
          const { events, head } = await log.read(topic, { limit: 1000 })
          const before = told.get(topic)
          told.set(topic, head)
          if (!history || before === undefined) return {}
          return { missed: events.filter(({ seq }) => seq > before).map(withoutPosition) }
        },
        close: async () => end(wireError('retry', 'closed', 'closed')),
      }
    },
  }
}

function withoutPosition({ seq: _, epoch: __, topic: ___, ...event }: WireEvent): UnsequencedEvent {
  return event
}
