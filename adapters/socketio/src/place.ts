import { Manager, type ManagerOptions, type Socket } from 'socket.io-client'

/** A line of its own, with everything that `socket.io-client` can be told: `path`, `transports`, `withCredentials` … */
export interface OwnLine extends Partial<ManagerOptions> {
  /** The address of the Socket.IO server, such as `https://api.example.com`. */
  readonly url: string
  readonly manager?: undefined
  readonly socket?: undefined
}

/** The app's line, as one more namespace on it. It stays the app's: its settings, its other namespaces, its events. */
export interface SharedLine {
  readonly manager: Manager
  readonly url?: undefined
  readonly socket?: undefined
}

/** The line of a socket that the app has. */
export interface SocketsLine {
  readonly socket: Socket
  readonly url?: undefined
  readonly manager?: undefined
}

export type Place = OwnLine | SharedLine | SocketsLine

/** The core decides about reconnecting, so a line of our own never does. */
export function managerOf({ url, manager, socket, ...rest }: Place): {
  readonly manager: Manager
  readonly own: boolean
} {
  const given = manager ?? socket?.io
  return { manager: given ?? new Manager(url, { ...rest, reconnection: false, autoConnect: false }), own: !given }
}
