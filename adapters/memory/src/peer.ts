import type { Position, Sink, WireError, WireItem } from '@steadywire/core'
import type { LiveBatch, Peer } from '@steadywire/server'

interface Frame {
  /** Absent: for the whole connection. */
  readonly topic?: string
  readonly bytes: number
  readonly deliver: () => void
}

/** What an item is taken to weigh while it waits: nothing is encoded here. */
const bytesPerItem = 256

export interface MemoryPeerOptions {
  /** Something arrived. */
  readonly heard: () => void
  /** The other side ended the connection. */
  readonly closed: (error: WireError) => void
}

/** The gateway's end of a connection: queues what it is told, and tells the topics' sinks in a microtask. */
export class MemoryPeer implements Peer {
  readonly #options: MemoryPeerOptions
  readonly #sinks = new Map<string, Set<Sink>>()
  #queue: Frame[] = []
  #pumping = false
  #bufferedBytes = 0
  #waiting: (() => void)[] = []
  #closed = false

  constructor(options: MemoryPeerOptions) {
    this.#options = options
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  drained(): Promise<void> {
    if (this.#queue.length === 0) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  items(batch: LiveBatch): void {
    const bytes = batch.items.length * bytesPerItem
    this.#send(
      batch.topic,
      bytes,
      (sink, items) => sink.events(items),
      () => withPrev(batch),
    )
  }

  heartbeat(heads: ReadonlyMap<string, Position>): void {
    this.#push({
      bytes: 0,
      deliver: () => {
        for (const [topic, at] of heads) for (const sink of this.#of(topic)) sink.head(at)
      },
    })
  }

  verify(topic: string): void {
    this.#send(
      topic,
      0,
      (sink) => sink.head(),
      () => undefined,
    )
  }

  lost(topic: string, error: WireError): void {
    this.#queue = this.#queue.filter((frame) => frame.topic !== topic)
    const sinks = this.#of(topic)
    this.#sinks.delete(topic)
    this.#push({
      bytes: 0,
      deliver: () => {
        for (const sink of sinks) sink.lost(error)
      },
    })
  }

  close(error: WireError): void {
    this.#push({ bytes: 0, deliver: () => this.#options.closed(error) })
  }

  /** Nothing is delivered from now on. */
  end(): void {
    this.#closed = true
    this.#queue = []
    this.#sinks.clear()
    this.#settle()
  }

  add(topic: string, sink: Sink): void {
    const sinks = this.#sinks.get(topic) ?? new Set()
    this.#sinks.set(topic, sinks.add(sink))
  }

  /** @returns Whether it was the topic's last one. */
  remove(topic: string, sink: Sink): boolean {
    const sinks = this.#sinks.get(topic)
    if (!sinks?.delete(sink) || sinks.size > 0) return false
    this.#sinks.delete(topic)
    return true
  }

  #of(topic: string): readonly Sink[] {
    return [...(this.#sinks.get(topic) ?? [])]
  }

  #send<T>(topic: string, bytes: number, speak: (sink: Sink, what: T) => void, make: () => T): void {
    this.#push({
      topic,
      bytes,
      deliver: () => {
        const sinks = this.#of(topic)
        if (sinks.length === 0) return
        const what = make()
        for (const sink of sinks) speak(sink, what)
      },
    })
  }

  #push(frame: Frame): void {
    if (this.#closed) return
    this.#queue.push(frame)
    this.#bufferedBytes += frame.bytes
    if (this.#pumping) return
    this.#pumping = true
    queueMicrotask(() => this.#pump())
  }

  #pump(): void {
    this.#pumping = false
    const frames = this.#queue
    this.#queue = []
    for (const { deliver, bytes } of frames) {
      if (this.#closed) return
      this.#bufferedBytes -= bytes
      this.#options.heard()
      deliver()
    }
    if (this.#queue.length === 0) this.#settle()
  }

  #settle(): void {
    this.#bufferedBytes = 0
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

function withPrev({ items, prev }: LiveBatch): readonly WireItem[] {
  const [first, ...rest] = items
  return prev === undefined || first === undefined ? items : [{ ...first, prev }, ...rest]
}
