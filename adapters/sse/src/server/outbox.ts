/** Where an outbox writes to: a response of the platform. */
export interface Outlet {
  write(chunk: Uint8Array | string): void
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

/** While so much waits in the outlet, frames are held back: only what is held back can still be dropped. */
const holdAbove = 65_536

interface Waiting {
  readonly parts: readonly string[]
  /** Whose events it has, if any. */
  readonly topic: string | undefined
}

/** What waits for one client. Frames of one turn leave as one chunk. */
export class Outbox {
  readonly #turn: Turn
  #frames: Waiting[] = []
  /** How many parts of the first frame have left: it must be brought to its end. */
  #begun = 0
  #length = 0
  /** The outlet is full; it tells when it is not. */
  #held = false
  #outlet: Outlet | undefined
  #state: 'open' | 'ending' | 'ended' | 'gone' = 'open'
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
    return this.#length + (this.#outlet?.bufferedBytes ?? 0)
  }

  /** `topic`: whose events the text has; it is dropped when the right to them is lost. */
  push(text: string, topic?: string): void {
    this.pushParts([text], topic)
  }

  /** One event of the stream, its data being one line. */
  frame(json: string | readonly string[], topic?: string): void {
    if (typeof json === 'string') this.push(`data: ${json}\n\n`, topic)
    else this.pushParts(['data: ', ...json, '\n\n'], topic)
  }

  /** A text in parts, which leave one after the other; so a large one is never there as a whole. */
  pushParts(parts: readonly string[], topic?: string): void {
    if (this.#state !== 'open') return
    this.#length += lengthOf(parts)
    if (this.#frames.push({ parts, topic }) === 1 && this.#outlet && !this.#held) this.#turn.add(this)
  }

  /** Takes back what still waits of a topic's events, or of all topics'. */
  drop(topic?: string): void {
    const kept = ({ topic: whose }: Waiting, index: number) =>
      whose === undefined || (topic ?? whose) !== whose || (index === 0 && this.#begun > 0)
    this.#frames = this.#frames.filter(kept)
    const waiting = this.#frames.flatMap(({ parts }) => parts).slice(this.#begun)
    this.#length = lengthOf(waiting)
  }

  connect(outlet: Outlet): void {
    if (this.gone) {
      outlet.end()
      return
    }
    this.#outlet = outlet
    this.flush()
    this.#awaitEmpty()
  }

  flush(): void {
    const outlet = this.#outlet
    if (!outlet || this.#held) return
    while (this.#frames.length > 0) {
      if (outlet.bufferedBytes > holdAbove) {
        this.#held = true
        outlet.flushed(() => this.#resume())
        return
      }
      // What comes in parts is for this client alone.
      const alone = (this.#frames[0]?.parts.length ?? 0) > 1
      outlet.write(alone ? this.#take() : this.#turn.encode(this.#take()))
    }
    if (this.#state !== 'ending') return
    this.#state = 'ended'
    outlet.end()
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
      this.#awaitEmpty()
    })
  }

  /** Lets out what waits, then ends the stream. */
  end(): void {
    if (this.#state !== 'open') return
    this.#state = 'ending'
    this.flush()
  }

  /** The client is gone, or has got everything. */
  leave(): void {
    this.#state = 'gone'
    this.#frames = []
    this.#begun = 0
    this.#length = 0
    this.#settle()
    const left = this.#left
    this.#left = undefined
    left?.()
  }

  /** The oldest parts as one chunk, not much more than the outlet is to hold. */
  #take(): string {
    let done = 0
    let text = ''
    for (const { parts } of this.#frames) {
      while (this.#begun < parts.length && text.length < holdAbove) text += parts[this.#begun++]
      if (this.#begun < parts.length) break
      this.#begun = 0
      done++
    }
    this.#frames = done === this.#frames.length ? [] : this.#frames.slice(done)
    this.#length -= text.length
    return text
  }

  #resume(): void {
    if (this.gone) return
    this.#held = false
    this.flush()
    this.#awaitEmpty()
  }

  #awaitEmpty(): void {
    if (this.#waiters && !this.#held) this.#outlet?.flushed(() => this.#settle())
  }

  #settle(): void {
    const waiters = this.#waiters
    this.#waiters = undefined
    for (const resolve of waiters ?? []) resolve()
  }
}

function lengthOf(parts: readonly string[]): number {
  return parts.reduce((length, part) => length + part.length, 0)
}
