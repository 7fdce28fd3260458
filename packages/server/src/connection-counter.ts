import { type WireError, wireError } from '@steadywire/core'
import type { Limits } from './limits.ts'

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

function tooManyConnections(max: number): WireError {
  return wireError('retry', 'limit_reached', `There are ${max} connections of this subject already`, {
    retryAfterMs: 10_000,
    hint: 'Close connections that are not needed: one carries any number of topics. Or raise limits.connectionsPerSubject.',
  })
}
