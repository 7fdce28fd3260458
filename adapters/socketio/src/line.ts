import { type WireError, wireError } from '@steadywire/core'
import { givenUp, parseError } from '@steadywire/core/protocol'
import type { Socket } from 'socket.io-client'
import { managerOf, type Place } from './place.ts'

/** A namespace that is joined, or about to be. */
export interface Line {
  readonly socket: Socket
  /** Leaves the namespace, and says why. What comes after the first time is ignored. */
  end(error: WireError): void
  /** Resolves when the namespace was left, and can be joined anew. */
  readonly left: Promise<void>
}

export interface LineOptions {
  readonly place: Place
  readonly namespace: string
  readonly token: string | undefined
  /** An event by which the server is asked to put us out. Without it we leave, and must not come back at once. */
  readonly farewell?: string
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
  leaving: boolean
}

/** What the server, or the line, says to who asks to be let in. */
const answers = ['connect', 'disconnect', 'connect_error'] as const

/** A Manager has one socket per namespace, and answers the same one each time: so uses of it are told apart here. */
const uses = new WeakMap<Socket, Use>()

/** @throws WireError if the line was given up, or another uses the namespace */
export function openLine({ place, namespace, token, farewell, signal, joined, lost }: LineOptions): Line {
  if (signal.aborted) throw givenUp()
  const { manager, own } = managerOf(place)
  const use: Use = { token, asked: false, leaving: false }
  // In a microtask: a socket that existed asks for it before it is known here.
  const auth = (give: (data: object) => void) =>
    queueMicrotask(() => {
      const current = uses.get(socket)
      if (!current || current.asked) return
      current.asked = true
      give({ token: current.token })
    })
  const socket = manager.socket(namespace, { auth })
  const before = uses.get(socket)
  if (before) throw before.leaving ? unavailable(`${namespace} is still being left`) : taken(namespace)
  uses.set(socket, use)
  socket.auth = auth
  socket.sendBuffer = []

  let release = () => {}
  const left = new Promise<void>((resolve) => {
    release = () => {
      for (const event of answers) socket.off(event, listeners[event])
      uses.delete(socket)
      socket.disconnect()
      resolve()
    }
  })

  const listeners = {
    connect() {
      if (use.leaving) bye()
      else joined?.()
    },
    disconnect: (reason: string) => answered(wireError('retry', 'connection_lost', `The line was lost: ${reason}`)),
    connect_error: (error: Error) => answered(socket.active ? unreachable(error) : denied(error, namespace, token)),
  }

  /** There is no namespace any more that would have to be left. */
  function answered(error: WireError): void {
    use.asked = false
    if (use.leaving) release()
    else end(error)
  }

  function bye(): void {
    if (farewell === undefined) release()
    else socket.emit(farewell)
  }

  function end(error: WireError): void {
    if (use.leaving) return
    use.leaving = true
    signal.removeEventListener('abort', giveUp)
    lost(error)
    // What the server was asked, it is going to answer; and one that is told to leave and asked again in one breath takes
    // that for a violation, which ends the app's whole line.
    if (own || !socket.active || !use.asked) release()
    else if (socket.connected) bye()
  }

  const giveUp = () => end(givenUp())
  signal.addEventListener('abort', giveUp)
  for (const event of answers) socket.on(event, listeners[event])
  // An active one has asked to be let in: asking twice would end the line.
  if (!socket.active) socket.connect()
  if (!/^open/.test(manager.engine.readyState)) queueMicrotask(() => end(unavailable('The Manager is offline')))
  return { socket, end, left }
}

const unavailable = (message: string, cause?: unknown) => wireError('retry', 'unavailable', message, { cause })

const unreachable = (cause: Error) => unavailable(`The server could not be reached: ${cause.message}`, cause)

const taken = (namespace: string) =>
  wireError('config', 'invalid_option', `${namespace} is in use on this Manager`, {
    hint: 'Give each transport a Manager of its own.',
  })

/** A middleware of the app's said no, or nobody listens there. */
function denied(cause: Error & { data?: unknown }, namespace: string, token: string | undefined): WireError {
  if (cause.message === 'Invalid namespace')
    return wireError('config', 'not_found', `There is no namespace ${namespace}`, {
      hint: 'Mount socketioServer(io, …) there.',
    })
  // Middlewares may say more in words of the app's own: that is no error of ours.
  if (typeof Object(cause.data).kind === 'string') return parseError(cause.data, token)
  const details = token === undefined ? { cause } : { cause, token }
  return wireError('auth', 'unauthenticated', `The server did not let us in: ${cause.message}`, details)
}
