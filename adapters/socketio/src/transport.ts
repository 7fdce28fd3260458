import {
  type ConnectContext,
  type Connection,
  type Transport,
  toWireError,
  type WireError,
  wireError,
} from '@steadywire/core'
import { readFrame } from '@steadywire/core/protocol'
import { createConnection } from './connection.ts'
import { type Line, openLine } from './line.ts'
import type { Place } from './place.ts'
import { unlessAborted } from './until.ts'

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
    async connect(context) {
      return await open(place, namespace, await unlessAborted(context.token(), context.signal), context)
    },
  }
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

    const lost = (error: WireError) => {
      line.socket.off('frame', take)
      reject(error)
      open?.end(error)
    }
    // What throws here would end the whole Manager.
    const take = (value: unknown) => {
      try {
        context.heard()
        if (open) return open.take(value)
        const frame = readFrame(value, context.warn, token)
        if (frame.kind === 'closing') throw frame.error
        if (frame.kind !== 'hello')
          throw wireError('retry', 'protocol', `The server began with "${frame.kind}" and not with "hello"`)
        open = createConnection(line, context, frame, token)
        resolve(open.connection)
      } catch (thrown) {
        line.end(toWireError(thrown))
      }
    }
    const line: Line = openLine({ place, namespace, token, farewell: 'leave', signal: context.signal, lost })
    line.socket.on('frame', take)
  })
}
