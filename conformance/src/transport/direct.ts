import type { Attachment, ConnectContext, Connection, Position, Transport, WireError, WireItem } from '@steadywire/core'
import { until, within } from '../facts.ts'

/** A connection that a case uses without the core in between: what the adapter itself does. */
export interface Direct {
  readonly connection: Connection
  readonly heard: () => number
  /** What `closed` resolved with, and how often. */
  readonly ends: readonly WireError[]
  attach(topic: string, after?: Position): Promise<DirectFeed>
}

export interface DirectFeed {
  readonly page: Attachment
  readonly items: readonly WireItem[]
  readonly heads: readonly (Position | undefined)[]
  readonly lost: readonly WireError[]
  /** Every call of the sink so far. */
  readonly calls: () => number
  detach(): void
  /** Waits until an item that covers `seq` came. */
  reached(seq: number): Promise<void>
}

export async function openDirect(transport: Transport, token: string | undefined): Promise<Direct> {
  const ends: WireError[] = []
  let heard = 0
  const context: ConnectContext = {
    token: async () => token,
    heard() {
      heard += 1
    },
    wanted: [],
    warn: () => {},
    signal: new AbortController().signal,
  }
  const connection = await within('a direct connection', transport.connect(context))
  connection.closed.then(
    (error) => ends.push(error),
    () => {
      // `closed` never rejects: a case that waits for it to resolve will wait in vain.
    },
  )
  return {
    connection,
    heard: () => heard,
    ends,
    attach: (topic, after) => attachDirect(connection, topic, after),
  }
}

async function attachDirect(connection: Connection, topic: string, after: Position | undefined): Promise<DirectFeed> {
  const abort = new AbortController()
  const items: WireItem[] = []
  const heads: (Position | undefined)[] = []
  const lost: WireError[] = []
  let calls = 0
  const sink = {
    events(batch: readonly WireItem[]) {
      calls += 1
      items.push(...batch)
    },
    head(at?: Position) {
      calls += 1
      heads.push(at)
    },
    lost(error: WireError) {
      calls += 1
      lost.push(error)
    },
  }
  const page = await within(`attaching ${topic}`, connection.attach(topic, after, sink, abort.signal))
  return {
    page,
    items,
    heads,
    lost,
    calls: () => calls,
    detach: () => abort.abort(),
    async reached(seq) {
      await until(`item ${seq} of ${topic}`, () => items.some((item) => lastSeqOf(item) >= seq))
    },
  }
}

export function lastSeqOf(item: WireItem): number {
  return 'skip' in item ? item.skip[1] : item.seq
}

export function firstSeqOf(item: WireItem): number {
  return 'skip' in item ? item.skip[0] : item.seq
}
