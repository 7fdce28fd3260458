import { type Transport, type WireError, wireError } from '@steadywire/core'

/** A transport within one process has no wire: this one can be cut all the same. */
export function cuttable(transport: Transport): Transport & { cut(): void } {
  const cuts = new Set<() => void>()
  return {
    name: transport.name,
    capabilities: { positions: true, heads: transport.capabilities.heads, append: false, renew: false },
    async connect(context) {
      const connection = await transport.connect(context)
      const lost = new Promise<WireError>((resolve) => {
        const cut = () => {
          cuts.delete(cut)
          resolve(wireError('retry', 'connection_lost', 'The wire was cut'))
          void connection.close()
        }
        cuts.add(cut)
        void connection.closed.then(() => cuts.delete(cut))
      })
      return {
        ...(connection.heartbeatMs !== undefined && { heartbeatMs: connection.heartbeatMs }),
        closed: Promise.race([lost, connection.closed]),
        attach: (topic, after, sink, signal) => connection.attach(topic, after, sink, signal),
        read: (topic, range, signal) => connection.read(topic, range, signal),
        close: () => connection.close(),
      }
    },
    cut() {
      for (const cut of cuts) cut()
    },
  }
}
