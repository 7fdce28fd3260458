import { type WireError, wireError } from '@steadywire/core'
import { parseError } from '@steadywire/core/protocol'
import type { Socket } from 'socket.io-client'
import { managerOf, type Place } from './place.ts'
import { givenUp } from './until.ts'

/** A namespace that is joined, or about to be. */
export interface Line {
  readonly socket: Socket
  /** Leaves the namespace, and says why. What comes after the first time is ignored. */
  end(error: WireError): void
}

export interface LineOptions {
  readonly place: Place
  readonly namespace: string
  readonly token: string | undefined
  /** Aborted when the line is given up, also later. */
  readonly signal: AbortSignal
  readonly joined?: () => void
  /** Called once, however the line ends. */
  readonly lost: (error: WireError) => void
}

interface Use {
  readonly token: string | undefined
  /** The server was asked to let us into the namespace. */
  asked: boolean
}

/** What the server, or the line, says to who asks to be let in. */
const answers = ['connect', 'disconnect', 'connect_error'] as const

/** A Manager has one socket per namespace, and answers the same one each time: so uses of it are told apart here. */
const uses = new WeakMap<Socket, Use>()

/** @throws WireError if another uses the namespace */
export function openLine({ place, namespace, token, signal, joined, lost }: LineOptions): Line {
  const { manager, own } = managerOf(place)
  const use: Use = { token, asked: false }
  // In a microtask: a socket that existed asks for it before it is known here.
  const auth = (give: (data: object) => void) =>
    queueMicrotask(() => {
      const current = uses.get(socket)
      if (!current) return
      current.asked = true
      give(current.token === undefined ? {} : { token: current.token })
    })
  const socket = manager.socket(namespace, { auth })
  const before = uses.get(socket)
  if (before) throw before.asked && !socket.connected ? leaving() : taken(namespace)
  uses.set(socket, use)
  socket.auth = auth
  socket.sendBuffer = []

  const listeners = {
    connect: () => joined?.(),
    disconnect: (reason: string) => end(wireError('retry', 'connection_lost', `The line was lost: ${reason}`)),
    connect_error: (error: Error) => end(socket.active ? unreachable(error) : denied(error, namespace, token)),
  }

  function leave(): void {
    if (own || !use.asked || socket.connected || !socket.active) {
      uses.delete(socket)
      socket.disconnect()
      return
    }
    // The server is letting us in: to ask it twice would cost the app its whole connection.
    const gone = () => {
      for (const event of answers) socket.off(event, gone)
      uses.delete(socket)
      socket.disconnect()
    }
    for (const event of answers) socket.on(event, gone)
  }

  function end(error: WireError): void {
    if (over) return
    over = true
    signal.removeEventListener('abort', giveUp)
    for (const event of answers) socket.off(event, listeners[event])
    lost(error)
    leave()
  }

  const giveUp = () => end(givenUp())
  let over = false
  signal.addEventListener('abort', giveUp)
  for (const event of answers) socket.on(event, listeners[event])
  socket.connect()
  if (signal.aborted) giveUp()
  else if (!/^open/.test(manager.engine.readyState)) end(offline())
  return { socket, end }
}

const offline = () => wireError('retry', 'unavailable', 'The Manager is offline, and connects again when it will')

const unreachable = (cause: Error) =>
  wireError('retry', 'unavailable', `The server could not be reached: ${cause.message}`, { cause })

const leaving = () => wireError('retry', 'unavailable', 'The namespace is still being left')

const taken = (namespace: string) =>
  wireError('config', 'invalid_option', `Another transport uses ${namespace} on this Manager`, {
    hint: 'Share one subscriber, or give each transport a Manager of its own (socketio({ url })).',
  })

/** A middleware of the app's said no, or nobody listens there. */
function denied(cause: Error & { data?: unknown }, namespace: string, token: string | undefined): WireError {
  if (cause.message === 'Invalid namespace')
    return wireError('config', 'not_found', `The server has no namespace ${namespace}`, {
      hint: 'Mount socketioServer(io, …) there, or name its namespace in the options.',
    })
  if (cause.data !== undefined) return parseError(cause.data, token)
  const details = token === undefined ? { cause } : { cause, token }
  return wireError('auth', 'unauthenticated', `The server did not let us in: ${cause.message}`, details)
}
