import { type Clock, systemClock, wireError } from '@steadywire/core'
import { errorValue, type WireValue } from '@steadywire/core/protocol'
import type { Credentials, Gateway } from '@steadywire/server'
import type { Namespace, Socket } from 'socket.io'
import { answering, callsOf, withoutDetails } from './calls.ts'
import { Lanes } from './lanes.ts'
import { SocketPeer } from './peer.ts'
import { Turn } from './turn.ts'

export interface SocketioServerOptions {
  readonly gateway: Gateway
  /** Where clients find it. Default `/steadywire`. */
  readonly namespace?: string
  /**
   * Who asks. Default: `auth.token` of the handshake, and the address that the socket comes from. Read a cookie here, or a
   * trusted proxy's header.
   */
  readonly credentials?: (socket: Socket) => Credentials | Promise<Credentials>
  readonly clock?: Clock
}

export interface SocketioServer {
  /** Asks the clients of this namespace to come back later, and lets no more in. The `io` server stays as it is. */
  close(): void
}

/**
 * Mounts a gateway on a Socket.IO server of yours, in a namespace of its own: others, and their events, are not touched.
 *
 * @example
 * socketioServer(io, { gateway: createGateway({ log, authorise }) })
 */
export function socketioServer(
  io: { of(name: string): Namespace },
  { gateway, namespace: name = '/steadywire', credentials = handshakeOf, clock = systemClock }: SocketioServerOptions,
): SocketioServer {
  const namespace = io.of(name)
  const turn = new Turn(namespace)
  const peers = new Set<SocketPeer>()

  const welcome = async (socket: Socket): Promise<void> => {
    const peer = new SocketPeer(socket, turn, clock)
    peers.add(peer)
    socket.on('leave', () => socket.disconnect())
    socket.on('got', (bytes: unknown) => peer.got(bytes))
    socket.on('disconnect', () => {
      peers.delete(peer)
      peer.leave()
    })
    try {
      const session = await gateway.open(await credentials(socket), peer)
      if (peer.gone) return session.close()
      socket.on('disconnect', () => session.close())
      const calls = callsOf(session, peer, new Lanes(clock, peer))
      const answer = answering(calls)
      for (const call of Object.keys(calls))
        socket.on(call, async (...args: readonly unknown[]) => {
          const reply = args.at(-1)
          const answered = await answer(call, typeof reply === 'function' ? args.slice(0, -1) : args)
          if (typeof reply === 'function' && !peer.gone) say(answered, (answer) => reply(answer))
        })
      peer.hello(session.heartbeatMs)
    } catch (thrown) {
      peer.close(withoutDetails(thrown))
    }
  }
  namespace.on('connection', welcome)

  return {
    close() {
      namespace.off('connection', welcome)
      for (const peer of peers) peer.close(wireError('retry', 'going_away', 'The server is shutting down'))
    },
  }
}

/** A command may answer what can't be encoded: then the client is told that the server failed. */
function say(answered: WireValue, reply: (answer: WireValue) => void): void {
  try {
    reply(answered)
  } catch (thrown) {
    reply({ error: errorValue(withoutDetails(thrown)) })
  }
}

function handshakeOf({ handshake: { auth, address } }: Socket): Credentials {
  const token: unknown = auth.token
  return { ...(typeof token === 'string' && { token }), ...(address && { origin: address }) }
}
