import type { Clock, ConnectContext, Random, Transport } from '@steadywire/core'
import { createGateway, defaultLimits, type EventLog, type Gateway, type Limits } from '@steadywire/server'
import { openConnection } from './connection.ts'

export type MemoryOptions =
  | {
      /** The adapter makes its own gateway over this log, without limits, that lets everybody in. */
      readonly log: EventLog
      readonly heartbeatMs?: number
      readonly clock?: Clock
      readonly random?: Random
    }
  | {
      /** With the rights and limits of this gateway, as any remote client would have them. */
      readonly gateway: Gateway
    }

/**
 * Reaches a log in this process: the reference adapter, and the embedded default. Items are handed over as objects, never
 * within the stack of who appends or attaches. Events are frozen and shared by all readers.
 *
 * @example
 * const log = memoryLog()
 * const subscriber = createSubscriber({ transport: memory({ log }) })
 */
export function memory(options: MemoryOptions): Transport {
  const gateway = 'gateway' in options ? options.gateway : ownGateway(options)
  return {
    name: 'memory',
    capabilities: { positions: true, heads: true, append: true, renew: true },
    connect: (context: ConnectContext) => openConnection(gateway, context),
  }
}

function ownGateway({ log, ...rest }: Extract<MemoryOptions, { log: EventLog }>): Gateway {
  return createGateway({ ...rest, log, authorise: 'anyone', limits: unlimited })
}

const inf = Number.POSITIVE_INFINITY
const unlimited: Limits = {
  ...defaultLimits,
  topicsPerConnection: inf,
  connectionsPerSubject: inf,
  payloadBytes: inf,
  pageBytes: inf,
  draftsPerAppend: inf,
  appendsPerSecond: inf,
  appendBurst: inf,
  readsPerSecond: inf,
  readBurst: inf,
}
