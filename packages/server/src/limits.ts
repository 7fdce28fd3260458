import { SteadywireError } from '@steadywire/core'

/** What one client may use. `Infinity` lifts a limit. */
export interface Limits {
  /** Topics attached on one connection. Default 100. */
  readonly topicsPerConnection: number
  /** Connections of one subject (or one origin, of anonymous clients) at this process. Default 20. */
  readonly connectionsPerSubject: number
  /** The JSON of one appended event's data, or of a command's data, in bytes. Default 65,536; a family's cap may be lower. */
  readonly payloadBytes: number
  readonly draftsPerAppend: number
  /** Drafts and commands per second and subject, on the average. Default 100. */
  readonly appendsPerSecond: number
  /** How many may come at once. Default 1,000. */
  readonly appendBurst: number
  /**
   * Reads and attaches per second and subject, on the average. Default 1,000. Clients without any name are not limited:
   * they can't be told apart.
   */
  readonly readsPerSecond: number
  /** How many may come at once: what all clients of a subject attach after a restart, for example. Default 10,000. */
  readonly readBurst: number
  /** Events in one page. Default 1,000. */
  readonly page: number
  /** Bytes of JSON in one page, except that one event always goes. Default 1 MiB. */
  readonly pageBytes: number
  /**
   * Bytes that may wait for a slow client; above it, it is read to from the log, and disconnected if nothing of it
   * leaves for eight heartbeats. Default 1 MiB.
   */
  readonly maxBufferedBytes: number
}

export const defaultLimits: Limits = {
  topicsPerConnection: 100,
  connectionsPerSubject: 20,
  payloadBytes: 65_536,
  draftsPerAppend: 100,
  appendsPerSecond: 100,
  appendBurst: 1000,
  readsPerSecond: 1000,
  readBurst: 10_000,
  page: 1000,
  pageBytes: 1_048_576,
  maxBufferedBytes: 1_048_576,
}

/** @throws SteadywireError `invalid_option` */
export function withDefaults(limits: Partial<Limits> = {}): Limits {
  for (const [name, value] of Object.entries(limits))
    if (typeof value !== 'number' || !(value >= 1))
      throw new SteadywireError('invalid_option', `limits.${name} is ${value}`, { hint: 'Give a number, 1 or more.' })
  return { ...defaultLimits, ...limits }
}
