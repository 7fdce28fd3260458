import { messageOf, wireError } from '@steadywire/core'
import { errorValue, itemValue, type WireValue } from '@steadywire/core/protocol'
import { atEndOfTurn, type LiveBatch } from '@steadywire/server'
import type { Namespace } from 'socket.io'

/** The type of a packet that carries an event, in Socket.IO's protocol. */
const eventPacket = 2

/** Sends the frames of one namespace, and gathers who gets the same batch in one turn: it is encoded once for all. */
export class Turn {
  readonly #namespace: Pick<Namespace, 'adapter'>
  #batches = new Map<LiveBatch, Set<string>>()
  #then = new Set<() => void>()

  constructor(namespace: Pick<Namespace, 'adapter'>) {
    this.#namespace = namespace
  }

  add(batch: LiveBatch, id: string): void {
    if (this.#batches.size + this.#then.size === 0) atEndOfTurn(() => this.flush())
    const ids = this.#batches.get(batch)
    if (ids) ids.add(id)
    else this.#batches.set(batch, new Set([id]))
  }

  /** Calls `task` after what is gathered has been sent. */
  afterwards(task: () => void): void {
    if (this.#batches.size + this.#then.size === 0) atEndOfTurn(() => this.flush())
    this.#then.add(task)
  }

  /** Takes back what is gathered for one socket, of one topic or of all. */
  drop(id: string, topic?: string): void {
    for (const [batch, ids] of this.#batches) if (topic === undefined || batch.topic === topic) ids.delete(id)
  }

  flush(): void {
    const [batches, tasks] = [this.#batches, this.#then]
    this.#batches = new Map()
    this.#then = new Set()
    for (const [batch, ids] of batches) if (ids.size > 0) this.#sendBatch(batch, ids)
    for (const task of tasks) task()
  }

  /** Who writes into the log past its checks may have written what can't be encoded: that ends the feed, and not the server. */
  #sendBatch(batch: LiveBatch, ids: Set<string>): void {
    try {
      this.#send(frameOf(batch), ids)
    } catch (thrown) {
      const { topic } = batch
      const message = `An event of ${topic} can't be sent: ${messageOf(thrown)}`
      this.#send({ lost: topic, error: errorValue(wireError('retry', 'log_failed', message, { cause: thrown })) }, ids)
    }
  }

  /** After what is gathered: frames keep their order. */
  say(frame: WireValue, id: string): void {
    this.flush()
    this.#send(frame, new Set([id]))
  }

  /**
   * Through the adapter, which encodes once, however many get it. `local`: another process has readers and feeds of its own.
   * `volatile` is given, and false: an app that recovers connections would keep every frame for minutes.
   */
  #send(frame: WireValue, rooms: Set<string>): void {
    const flags = { local: true, volatile: false }
    this.#namespace.adapter.broadcast(
      { type: eventPacket, data: ['frame', frame] },
      { rooms, except: new Set(), flags },
    )
  }
}

function frameOf({ topic, epoch, prev, items }: LiveBatch): WireValue {
  const values = items.map(itemValue)
  return prev === undefined ? { topic, epoch, items: values } : { topic, epoch, prev, items: values }
}
