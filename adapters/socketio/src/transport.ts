import { type ConnectContext, type Connection, type Transport, toWireError, wireError } from '@steadywire/core'
import { readFrame } from '@steadywire/core/protocol'
import { createConnection } from './connection.ts'
import { type Line, openLine } from './line.ts'
import type { Place } from './place.ts'

export type SocketioOptions = Place & {
  /** Where the server half is mounted. Default `/steadywire`. */
  readonly namespace?: string
}

/**
 * Steadywire over Socket.IO: one namespace carries all topics of a subscriber, on a line of its own, or on the one that the
 * app has anyway (`manager`, `socket`), which stays the app's.
 *
 * @example
 * const subscriber = createSubscriber({ transport: socketio({ url: '/' }), identity: { token } })
 */
export function socketio({ namespace = '/steadywire', ...place }: SocketioOptions): Transport {
  return {
    name: 'socketio',
    capabilities: { positions: true, heads: true, append: true, renew: true },
    connect: (context) => unlessAborted(context, (token) => open(place, namespace, token, context)),
  }
}

/** Gets the token and opens; what is still under way when the core gives up is left to end by itself. */
export async function unlessAborted<C extends Pick<Connection, 'close'>>(
  { token, signal }: ConnectContext,
  connect: (token: string | undefined) => Promise<C>,
): Promise<C> {
  const aborted = new Promise<never>((_, reject) => {
    const giveUp = () => reject(wireError('retry', 'closed', 'Connecting was given up'))
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
  })
  aborted.catch(() => {})
  return await connect(await Promise.race([aborted, token()]))
}

/** Resolves with the first frame. What comes afterwards is the connection's. */
function open(
  place: Place,
  namespace: string,
  token: string | undefined,
  context: ConnectContext,
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    let open: ReturnType<typeof createConnection> | undefined
    const { signal } = context

    const lost = (thrown: unknown) => {
      const error = toWireError(thrown)
      signal.removeEventListener('abort', giveUp)
      line.socket.off('frame', take)
      line.socket.off('got', answer)
      line.leave()
      reject(error)
      open?.end(error)
    }
    const giveUp = () => lost(wireError('retry', 'closed', 'Connecting was given up'))
    // What throws here would end the whole Manager.
    const take = (value: unknown) => {
      try {
        context.heard()
        if (open) return open.take(value)
        const frame = readFrame(value, context.warn, token)
        if (frame.kind === 'closing') throw frame.error
        if (frame.kind !== 'hello')
          throw wireError('retry', 'protocol', `The server began with "${frame.kind}" and not with "hello"`)
        open = createConnection(line, context, frame.heartbeatMs, token)
        void open.connection.closed.then(lost)
        resolve(open.connection)
      } catch (thrown) {
        lost(thrown)
      }
    }
    const answer = (answered: unknown) => {
      if (typeof answered === 'function') answered()
    }

    const line: Line = openLine({ place, namespace, token, lost })
    line.socket.on('frame', take)
    line.socket.on('got', answer)
    signal.addEventListener('abort', giveUp)
  })
}
