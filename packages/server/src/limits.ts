import { type Clock, SteadywireError, type WireError, wireError } from '@steadywire/core'

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
  /** Events in one page. Default 1,000. */
  readonly page: number
  /** Bytes of JSON in one page, except that one event always goes. Default 1 MiB. */
  readonly pageBytes: number
  /** Bytes that may wait for a slow client; above it, it is read to from the log. Default 1 MiB. */
  readonly maxBufferedBytes: number
}

export const defaultLimits: Limits = {
  topicsPerConnection: 100,
  connectionsPerSubject: 20,
  payloadBytes: 65_536,
  draftsPerAppend: 100,
  appendsPerSecond: 100,
  appendBurst: 1000,
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

interface Bucket {
  tokens: number
  at: number
}

/** Token buckets by subject. A bucket that is full again says nothing and is dropped. */
export class RateLimiter {
  readonly #buckets = new Map<string, Bucket>()
  readonly #perMs: number
  readonly #burst: number
  readonly #clock: Clock
  #sweepAt = 1024

  constructor({ appendsPerSecond, appendBurst }: Limits, clock: Clock) {
    this.#perMs = appendsPerSecond / 1000
    this.#burst = Math.max(appendBurst, appendsPerSecond === Number.POSITIVE_INFINITY ? appendsPerSecond : 1)
    this.#clock = clock
  }

  /** @throws WireError `rate_limited`, with the time after which it would do; more than a burst never does. */
  take(subject: string, amount: number): void {
    if (this.#burst === Number.POSITIVE_INFINITY) return
    const now = this.#clock.now()
    const bucket = this.#refilled(subject, now)
    if (amount > this.#burst) throw overBurst(amount, this.#burst)
    if (bucket.tokens < amount) throw tooFast(Math.ceil((amount - bucket.tokens) / this.#perMs))
    bucket.tokens -= amount
    this.#buckets.set(subject, bucket)
    if (this.#buckets.size > this.#sweepAt) this.#sweep(now)
  }

  #refilled(subject: string, now: number): Bucket {
    const bucket = this.#buckets.get(subject)
    if (!bucket) return { tokens: this.#burst, at: now }
    bucket.tokens = Math.min(this.#burst, bucket.tokens + (now - bucket.at) * this.#perMs)
    bucket.at = now
    return bucket
  }

  #sweep(now: number): void {
    for (const subject of [...this.#buckets.keys()])
      if (this.#refilled(subject, now).tokens >= this.#burst) this.#buckets.delete(subject)
    this.#sweepAt = Math.max(1024, this.#buckets.size * 2)
  }
}

/** Counts the connections of each subject. */
export class ConnectionCounter {
  readonly #open = new Map<string, number>()
  readonly #max: number

  constructor({ connectionsPerSubject }: Limits) {
    this.#max = connectionsPerSubject
  }

  /** @throws WireError `limit_reached` */
  add(subject: string): void {
    const open = this.#open.get(subject) ?? 0
    if (open >= this.#max) throw tooManyConnections(this.#max)
    this.#open.set(subject, open + 1)
  }

  remove(subject: string): void {
    const left = (this.#open.get(subject) ?? 1) - 1
    if (left > 0) this.#open.set(subject, left)
    else this.#open.delete(subject)
  }
}

function tooFast(retryAfterMs: number): WireError {
  return wireError('retry', 'rate_limited', 'Too many appends in a short time', {
    retryAfterMs,
    hint: 'Append less often, several drafts at once; or raise limits.appendsPerSecond of the gateway.',
  })
}

function overBurst(amount: number, burst: number): WireError {
  return wireError('refused', 'limit_reached', `${amount} drafts are more than may ever come at once`, {
    hint: `Append at most ${burst} at once, or raise limits.appendBurst of the gateway.`,
  })
}

function tooManyConnections(max: number): WireError {
  return wireError('retry', 'limit_reached', `There are ${max} connections of this subject already`, {
    retryAfterMs: 10_000,
    hint: 'Close connections that are not needed: one carries any number of topics. Or raise limits.connectionsPerSubject.',
  })
}
