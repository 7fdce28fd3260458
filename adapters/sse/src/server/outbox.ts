/** Where an outbox writes to: a response of the platform. */
export interface Outlet {
  write(bytes: Uint8Array): void
  end(): void
  /** Bytes that were written and did not leave yet. */
  readonly bufferedBytes: number
  /** Calls `done` once everything written before has left, or never can. */
  flushed(done: () => void): void
}

/** Gathers what all outboxes were given in one turn of the event loop, and encodes what is the same only once. */
export class Turn {
  readonly #defer: (task: () => void) => void
  readonly #encoder = new TextEncoder()
  #waiting: Outbox[] = []
  #text = ''
  #bytes = new Uint8Array()

  constructor(defer: (task: () => void) => void) {
    this.#defer = defer
  }

  add(outbox: Outbox): void {
    if (this.#waiting.push(outbox) === 1) this.#defer(() => this.#flush())
  }

  /** In a fan-out, neighbours say the same. */
  encode(text: string): Uint8Array {
    if (text !== this.#text) {
      this.#text = text
      this.#bytes = this.#encoder.encode(text)
    }
    return this.#bytes
  }

  #flush(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const outbox of waiting) outbox.flush()
    this.#text = ''
    this.#bytes = new Uint8Array()
  }
}

/** What waits for one client. Frames of one turn leave as one chunk. */
export class Outbox {
  readonly #turn: Turn
  #text = ''
  #outlet: Outlet | undefined
  #state: 'open' | 'ending' | 'gone' = 'open'
  #waiters: (() => void)[] | undefined
  #left: (() => void) | undefined

  /** @param left Called once, when the client is gone or the stream has ended. */
  constructor(turn: Turn, left: () => void) {
    this.#turn = turn
    this.#left = left
  }

  get gone(): boolean {
    return this.#state === 'gone'
  }

  /** What waits for the end of the turn counts by its length: encoding it for the count would cost more than it tells. */
  get bufferedBytes(): number {
    return this.#text.length + (this.#outlet?.bufferedBytes ?? 0)
  }

  push(text: string): void {
    if (this.#state !== 'open') return
    if (this.#text === '' && this.#outlet) this.#turn.add(this)
    this.#text += text
  }

  /** One event of the stream, its data being one line. */
  frame(json: string): void {
    this.push(`data: ${json}\n\n`)
  }

  connect(outlet: Outlet): void {
    this.#outlet = outlet
    this.flush()
    if (this.#state !== 'open') outlet.end()
    else if (this.#waiters) outlet.flushed(() => this.#settle())
  }

  flush(): void {
    const text = this.#text
    if (!this.#outlet || text === '') return
    this.#text = ''
    this.#outlet.write(this.#turn.encode(text))
  }

  /** Resolves when everything has left, or the client is gone. */
  drained(): Promise<void> {
    if (this.gone || this.bufferedBytes === 0) return Promise.resolve()
    return new Promise((resolve) => {
      if (this.#waiters) {
        this.#waiters.push(resolve)
        return
      }
      this.#waiters = [resolve]
      this.flush()
      this.#outlet?.flushed(() => this.#settle())
    })
  }

  /** Lets out what waits, then ends the stream. */
  end(): void {
    if (this.#state !== 'open') return
    this.#state = 'ending'
    if (!this.#outlet) return
    this.flush()
    this.#outlet.end()
  }

  /** The client is gone, or has got everything. */
  leave(): void {
    this.#state = 'gone'
    this.#text = ''
    this.#settle()
    const left = this.#left
    this.#left = undefined
    left?.()
  }

  #settle(): void {
    const waiters = this.#waiters
    this.#waiters = undefined
    for (const resolve of waiters ?? []) resolve()
  }
}
