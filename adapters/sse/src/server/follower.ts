import {
  type Clock,
  encodeCursor,
  type Gap,
  type Position,
  positionOf,
  toWireError,
  type WireError,
  type WireEvent,
} from '@steadywire/core'
import { encodeError } from '@steadywire/core/protocol'
import {
  type Origin,
  type SequencerInput,
  type SequencerState,
  sequence,
  startSequencer,
} from '@steadywire/core/sequencer'
import { encodeItem, type LiveBatch, type Peer, type Session } from '@steadywire/server'
import { Outbox, type Turn } from './outbox.ts'

const rules = { staleMs: 10_000, maxWaiting: 1000 }
const pageLimit = 500
const failedReadMs = 1000
const whole = Number.POSITIVE_INFINITY

/**
 * Follows one topic for a client that has none of our code, such as a browser's EventSource: what the core does on the
 * client, its sequencer does here. Each event is a message of its own, the cursor being its id.
 */
export class Follower implements Peer {
  readonly outbox: Outbox
  readonly #topic: string
  readonly #clock: Clock
  #session: Session | undefined
  #state: SequencerState
  #cancelRead = (): void => {}
  /** Nothing was sent, and nothing will be: the topic had ended before. */
  endedBefore = false
  #sent = false

  constructor(turn: Turn, clock: Clock, topic: string, from: Origin | Position) {
    this.#topic = topic
    this.#clock = clock
    this.#state = startSequencer(topic, from)
    this.outbox = new Outbox(turn, () => this.#left())
  }

  /** Resolves when the topic may be read and the first page is there. Rejects as `Session.attach` does. */
  async start(session: Session, retryMs: number): Promise<void> {
    this.#session = session
    this.outbox.push(`retry: ${retryMs}\n\n`)
    this.#tell({ kind: 'attachStarted' })
    try {
      const page = await session.attach(this.#topic, this.#state.origin ? undefined : this.#state.at)
      this.#tell({ kind: 'pageRead', page, now: this.#clock.now(), room: whole })
    } catch (thrown) {
      this.outbox.leave()
      throw thrown
    }
    if (this.outbox.gone) this.#left()
  }

  items({ items, prev }: LiveBatch): void {
    const [first, ...rest] = items
    const known = first && prev !== undefined ? [{ ...first, prev }, ...rest] : items
    this.#tell({ kind: 'itemsReceived', items: known, room: whole })
  }

  heartbeat(heads: ReadonlyMap<string, Position>): void {
    this.outbox.push(':\n\n')
    const at = heads.get(this.#topic)
    if (at) this.#tell({ kind: 'headHeard', at })
  }

  verify(): void {
    this.#tell({ kind: 'headHeard' })
  }

  lost(_topic: string, error: WireError): void {
    this.close(error)
  }

  /** What may pass ends the stream, and EventSource comes again by itself; the rest is told. */
  close(error: WireError): void {
    if (error.kind !== 'retry') {
      this.outbox.drop()
      this.outbox.push(`event: lost\ndata: ${encodeError(error)}\n\n`)
    } else if (error.retryAfterMs !== undefined) this.outbox.push(`retry: ${error.retryAfterMs}\n\n`)
    this.outbox.end()
  }

  get bufferedBytes(): number {
    return this.outbox.bufferedBytes
  }

  drained(): Promise<void> {
    return this.outbox.drained()
  }

  #tell(input: SequencerInput): void {
    const { state, outputs } = sequence(this.#state, input, rules)
    this.#state = state
    for (const output of outputs) {
      switch (output.kind) {
        case 'accept':
          this.#sent = true
          for (const event of output.events) this.outbox.push(eventText(event), this.#topic)
          break
        case 'move':
          this.outbox.push(`id: ${encodeCursor(output.to)}\n\n`, this.#topic)
          break
        case 'gap':
          this.#sent = true
          this.outbox.push(gapText(output.gap), this.#topic)
          break
        case 'read':
          if (output.inMs === undefined) void this.#read(output.range)
          else this.#cancelRead = this.#clock.after(output.inMs, () => void this.#read(output.range))
          break
        case 'end':
          this.#end()
      }
    }
  }

  async #read(range: { readonly limit?: number; readonly after?: Position }): Promise<void> {
    await this.drained()
    if (this.outbox.gone || !this.#session) return
    try {
      const page = await this.#session.read(this.#topic, {
        ...range,
        limit: Math.min(range.limit ?? pageLimit, pageLimit),
      })
      this.#tell({ kind: 'pageRead', page, now: this.#clock.now(), room: whole })
    } catch (thrown) {
      const error = toWireError(thrown, 'unavailable')
      if (error.kind === 'retry')
        this.#cancelRead = this.#clock.after(error.retryAfterMs ?? failedReadMs, () => void this.#read(range))
      else this.close(error)
    }
  }

  #end(): void {
    this.endedBefore = !this.#sent
    this.outbox.push('event: end\ndata: {}\n\n')
    this.outbox.end()
  }

  #left(): void {
    this.#cancelRead()
    this.#tell({ kind: 'detached' })
    this.#session?.close()
  }
}

function eventText(event: WireEvent): string {
  const place = `"topic":${JSON.stringify(event.topic)},"epoch":${JSON.stringify(event.epoch)}`
  return `id: ${encodeCursor(positionOf(event))}\ndata: {${place},${encodeItem(event).slice(1)}\n\n`
}

function gapText(gap: Gap): string {
  return `id: ${encodeCursor(gap.to)}\nevent: gap\ndata: ${JSON.stringify(gap)}\n\n`
}
