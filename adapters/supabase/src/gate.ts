import type { WebSocketLike, WebSocketLikeConstructor } from '@supabase/supabase-js'

/** Told of the socket that is open, or about to be. Nothing is told after `ended`. */
export interface SocketWatcher {
  opened(): void
  heard(): void
  ended(reason: string): void
}

/**
 * Stands between supabase-js and its WebSocket, so that the core decides when one is opened: supabase-js may reconnect as
 * often as it likes, the socket that it gets is connecting until {@link Gate.open}.
 */
export class Gate {
  /** For the option `realtime.transport` of supabase-js. */
  readonly transport: WebSocketLikeConstructor
  #waiting: WaitingSocket | undefined
  #wanted: SocketWatcher | undefined

  constructor() {
    const arrived = (socket: WaitingSocket): void => {
      this.#waiting = socket
      if (this.#wanted) socket.dial(this.#wanted)
      this.#wanted = undefined
    }
    this.transport = class extends WaitingSocket {
      constructor(url: string | URL) {
        super(url)
        arrived(this)
      }
    }
  }

  /** Opens the socket that waits, or the next one that supabase-js asks for. Answers how to end it. */
  open(watcher: SocketWatcher): () => void {
    if (!this.#waiting?.dial(watcher)) this.#wanted = watcher
    return () => {
      if (this.#wanted === watcher) this.#wanted = undefined
      else this.#waiting?.hangUp(watcher)
    }
  }
}

/** Not every platform can make one; supabase-js reads no more of it. */
const closeEvent = { type: 'close', code: 1000, reason: '', wasClean: true } as CloseEvent

const states = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const

/** A socket that connects when it is told to. */
class WaitingSocket implements WebSocketLike {
  readonly CONNECTING = states.CONNECTING
  readonly OPEN = states.OPEN
  readonly CLOSING = states.CLOSING
  readonly CLOSED = states.CLOSED
  readonly url: string
  readonly protocol = ''
  onopen: WebSocketLike['onopen'] = null
  onmessage: WebSocketLike['onmessage'] = null
  onclose: WebSocketLike['onclose'] = null
  onerror: WebSocketLike['onerror'] = null
  binaryType = 'arraybuffer'
  readyState: number = states.CONNECTING
  #socket: WebSocket | undefined
  #watcher: SocketWatcher | undefined

  constructor(url: string | URL) {
    this.url = String(url)
  }

  get bufferedAmount(): number {
    return this.readyState === states.CLOSED ? 0 : (this.#socket?.bufferedAmount ?? 0)
  }

  /** @returns False if it was opened before. */
  dial(watcher: SocketWatcher): boolean {
    if (this.#socket || this.readyState !== states.CONNECTING) return false
    const socket = new WebSocket(this.url)
    this.#socket = socket
    this.#watcher = watcher
    socket.binaryType = 'arraybuffer'
    socket.onopen = (event) => {
      this.readyState = states.OPEN
      this.onopen?.(event)
      this.#watcher?.opened()
    }
    socket.onmessage = (event) => {
      this.#watcher?.heard()
      this.onmessage?.(event)
    }
    // Node 22 says no more when it is refused.
    socket.onerror = () => {
      if (this.readyState !== states.CONNECTING) return
      this.#end('it could not be opened')
      this.onclose?.(closeEvent)
    }
    socket.onclose = (event) => {
      this.#end(event.reason || `closed with ${event.code}`)
      this.onclose?.(event)
    }
    return true
  }

  send(data: string | ArrayBuffer): void {
    this.#socket?.send(data)
  }

  /** supabase-js ends it, and goes on by itself. Over at once: a closing that hangs is not waited for. */
  close(): void {
    this.#end('it was closed')
  }

  /** We end it, if it is still the one that the watcher had opened: supabase-js is told, and asks for another one. */
  hangUp(watcher: SocketWatcher): void {
    if (this.#watcher !== watcher) return
    this.#end('it was closed')
    this.onclose?.(closeEvent)
  }

  addEventListener(): void {}
  removeEventListener(): void {}

  #end(reason: string): void {
    if (this.readyState === states.CLOSED) return
    this.readyState = states.CLOSED
    const watcher = this.#watcher
    this.#watcher = undefined
    if (this.#socket) {
      this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = this.#socket.onerror = null
      this.#socket.close()
    }
    watcher?.ended(reason)
  }
}
