import type { Transport } from '@steadywire/core'
import { unlessAborted } from '@steadywire/core/protocol'
import { openConnection } from './connection.ts'
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
    async connect(context) {
      return await openConnection(place, namespace, await unlessAborted(context.token(), context.signal), context)
    },
  }
}
