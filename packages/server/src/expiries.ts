import type { Clock } from '@steadywire/core'

interface Expiring {
  /** Milliseconds since 1970. */
  readonly expiresAt: number | undefined
  expire(): void
}

/** Ends rights when their time is over, with one timer for all members. */
export class Expiries<T extends Expiring> {
  readonly #clock: Clock
  readonly #members = new Set<T>()
  #due = Number.POSITIVE_INFINITY
  #cancel: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** To be called again when `expiresAt` has changed. */
  set(member: T): void {
    if (member.expiresAt === undefined) this.remove(member)
    else {
      this.#members.add(member)
      if (member.expiresAt < this.#due) this.#arm(member.expiresAt)
    }
  }

  remove(member: T): void {
    if (this.#members.delete(member) && this.#members.size === 0) this.#disarm()
  }

  #arm(due: number): void {
    this.#disarm()
    this.#due = due
    this.#cancel = this.#clock.after(Math.max(0, due - this.#clock.wall()), () => this.#fire())
  }

  #disarm(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#due = Number.POSITIVE_INFINITY
  }

  #fire(): void {
    this.#disarm()
    const now = this.#clock.wall()
    let next = Number.POSITIVE_INFINITY
    for (const member of this.#members) {
      const { expiresAt } = member
      if (expiresAt === undefined || expiresAt <= now) {
        this.#members.delete(member)
        member.expire()
      } else next = Math.min(next, expiresAt)
    }
    if (next < this.#due && this.#members.size > 0) this.#arm(next)
  }
}
