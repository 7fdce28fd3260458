import { Socket } from 'node:net'
import type pg from 'pg'

/** A `postgres://` address, options of pg's pool, or a pool of the app's: that one is used, and left open. */
export type PostgresLike = string | pg.PoolConfig | pg.Pool

/** The app's pool may be of another copy of pg. */
export function isPool(postgres: PostgresLike): postgres is pg.Pool {
  return typeof postgres === 'object' && 'connect' in postgres
}

/** What a connection is opened with. */
export function configOf(postgres: PostgresLike, deadlineMs?: number): pg.PoolConfig {
  const own = {
    application_name: 'steadywire',
    ...(deadlineMs !== undefined && { connectionTimeoutMillis: deadlineMs }),
  }
  if (typeof postgres === 'string') return { ...own, connectionString: postgres }
  if (!isPool(postgres)) return { ...own, ...postgres }
  const { options } = postgres
  // A pool hides its password from copies.
  return { ...own, ...options, ...(options.password !== undefined && { password: options.password }) }
}

export interface Sockets {
  /** What pg opens its connections on. */
  readonly open: () => Socket
  /** Lets go of all of them, once what was written is on its way. */
  end(): void
}

/** A server that hangs would not answer the end of its connections: they, and with them the process, would stay. */
export function createSockets(): Sockets {
  const sockets = new Set<Socket>()
  return {
    open() {
      const socket = new Socket()
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      return socket
    },
    end() {
      for (const socket of sockets) socket.connecting ? socket.destroy() : socket.destroySoon()
    },
  }
}
