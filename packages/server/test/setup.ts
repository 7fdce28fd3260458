import { type Draft, isSkip, type Position, type WireError } from '@steadywire/core'
import { createFakeClock } from '@steadywire/core/testing'
import {
  createGateway,
  type EventLog,
  type GatewayOptions,
  type GatewayRecord,
  type LiveBatch,
  type MemoryLogOptions,
  memoryLog,
  type Peer,
  type TailListener,
} from '../src/index.ts'

export const draft = (id: string, more: Partial<Draft> = {}): Draft => ({ id, type: 'said', data: { id }, ...more })

/** A peer that writes down what it is told, in words such as `t:a`, `t:skip 2-3`. */
export class TestPeer implements Peer {
  readonly told: string[] = []
  readonly batches: LiveBatch[] = []
  readonly heads: ReadonlyMap<string, Position>[] = []
  readonly errors: WireError[] = []
  /** Set it to make the client slow; `drain()` makes it quick again. */
  bufferedBytes = 0
  #waiting: (() => void)[] = []

  items(batch: LiveBatch): void {
    this.batches.push(batch)
    for (const item of batch.items)
      this.told.push(`${batch.topic}:${isSkip(item) ? `skip ${item.skip.join('-')}` : item.id}`)
  }

  heartbeat(heads: ReadonlyMap<string, Position>): void {
    this.heads.push(heads)
  }

  verify(topic: string): void {
    this.told.push(`${topic}:verify`)
  }

  lost(topic: string, error: WireError): void {
    this.told.push(`${topic}:lost ${error.code}`)
    this.errors.push(error)
  }

  close(error: WireError): void {
    this.told.push(`close ${error.code}`)
    this.errors.push(error)
  }

  drained(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  drain(): void {
    this.bufferedBytes = 0
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** What was told since the last call. */
  take(): string[] {
    return this.told.splice(0)
  }
}

/** A log whose tails can be made deaf or be lost, whose reads can fail, and that counts. */
export function faultyLog(log: EventLog) {
  const tails = new Set<TailListener>()
  const counts = { reads: 0, tails: 0 }
  const faults = { deaf: false, readsFail: false, tailsFail: false }
  const wrapped: EventLog = {
    keyWindowMs: log.keyWindowMs,
    append: (...args) => log.append(...args),
    async read(topic, range) {
      counts.reads++
      if (faults.readsFail) throw new Error('disk on fire: secret-host')
      return log.read(topic, range)
    },
    async tail(topic, on) {
      counts.tails++
      if (faults.tailsFail) throw new Error('no tail')
      const listener: TailListener = {
        wake: (events) => faults.deaf || on.wake(events),
        lost: (error) => on.lost(error),
      }
      const stop = await log.tail(topic, listener)
      tails.add(listener)
      return async () => {
        tails.delete(listener)
        await stop()
      }
    },
  }
  const loseTails = () => {
    for (const tail of [...tails]) tail.lost(new Error('cut'))
  }
  return { log: wrapped, tails, counts, faults, loseTails }
}

export function setup(options: Partial<GatewayOptions> & { logOptions?: MemoryLogOptions } = {}) {
  const { logOptions, ...rest } = options
  const clock = createFakeClock()
  const memory = memoryLog({ clock, id: () => 'epoch-1', ...logOptions })
  const faulty = faultyLog(memory)
  const records: GatewayRecord[] = []
  const gateway = createGateway({
    log: faulty.log,
    authorise: 'anyone',
    clock,
    random: () => 0.5,
    observe: (record) => records.push(record),
    ...rest,
  })
  const open = async (token?: string, origin?: string) => {
    const peer = new TestPeer()
    const credentials = { ...(token !== undefined && { token }), ...(origin !== undefined && { origin }) }
    const session = await gateway.open(credentials, peer)
    return { peer, session }
  }
  const fill = async (topic: string, ids: string) => {
    for (const id of ids) await memory.append(topic, [draft(id)])
    await clock.settle()
  }
  return { ...faulty, memory, clock, gateway, records, open, fill }
}
