import { type Clock, type WireError, wireError } from '@steadywire/core'
import type { Limits } from './limits.ts'

interface Bucket {
  tokens: number
  at: number
}

/** What is counted, and by which limits: for messages. */
export interface Rate {
  readonly what: string
  readonly perSecond: 'appendsPerSecond' | 'readsPerSecond'
  readonly burst: 'appendBurst' | 'readBurst'
}

export const appendRate: Rate = { what: 'drafts', perSecond: 'appendsPerSecond', burst: 'appendBurst' }
export const readRate: Rate = { what: 'reads', perSecond: 'readsPerSecond', burst: 'readBurst' }

/** Token buckets by subject. A bucket that is full again says nothing and is dropped. */
export class RateLimiter {
  readonly #rate: Rate
  readonly #buckets = new Map<string, Bucket>()
  readonly #perMs: number
  readonly #burst: number
  readonly #clock: Clock
  #sweepAt = 1024

  constructor(rate: Rate, limits: Limits, clock: Clock) {
    const { [rate.perSecond]: perSecond, [rate.burst]: burst } = limits
    this.#rate = rate
    this.#perMs = perSecond / 1000
    this.#burst = perSecond === Number.POSITIVE_INFINITY ? perSecond : burst
    this.#clock = clock
  }

  /** @throws WireError `rate_limited`, with the time after which it would do; more than a burst never does. */
  take(subject: string, amount: number): void {
    if (this.#burst === Number.POSITIVE_INFINITY) return
    const now = this.#clock.now()
    const bucket = this.#refilled(subject, now)
    if (amount > this.#burst) throw overBurst(this.#rate, amount, this.#burst)
    if (bucket.tokens < amount) throw tooFast(this.#rate, Math.ceil((amount - bucket.tokens) / this.#perMs))
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

function tooFast({ what, perSecond }: Rate, retryAfterMs: number): WireError {
  return wireError('retry', 'rate_limited', `Too many ${what} in a short time`, {
    retryAfterMs,
    hint: `Ask less often, for more at once; or raise limits.${perSecond} of the gateway.`,
  })
}

function overBurst({ what, burst }: Rate, amount: number, max: number): WireError {
  return wireError('refused', 'limit_reached', `${amount} ${what} are more than may ever come at once`, {
    hint: `Ask for at most ${max} at once, or raise limits.${burst} of the gateway.`,
  })
}
