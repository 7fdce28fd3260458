import type { Clock } from '@steadywire/core'

export interface HeartbeatOptions<T> {
  readonly clock: Clock
  readonly everyMs: number
  readonly beat: (member: T) => void
  /** Called at every tick with its number, while there are members. */
  readonly ticked: (tick: number) => void
}

/** Beats every member once per period with one timer: members are spread over the period's slots. */
export class Heartbeats<T> {
  readonly slots: number
  readonly #options: HeartbeatOptions<T>
  readonly #members: readonly Set<T>[]
  #joined = 0
  #size = 0
  #tick = 0
  #cancel: (() => void) | undefined

  constructor(options: HeartbeatOptions<T>) {
    this.#options = options
    this.slots = Math.max(1, Math.min(16, Math.floor(options.everyMs / 250)))
    this.#members = Array.from({ length: this.slots }, () => new Set<T>())
  }

  add(member: T): void {
    this.#slot(this.#joined++).add(member)
    if (this.#size++ === 0) this.#next()
  }

  remove(member: T): void {
    if (!this.#members.some((slot) => slot.delete(member))) return
    if (--this.#size > 0) return
    this.#cancel?.()
    this.#cancel = undefined
  }

  #slot(number: number): Set<T> {
    return this.#members[number % this.slots] as Set<T>
  }

  #next(): void {
    const { clock, everyMs, ticked, beat } = this.#options
    this.#cancel = clock.after(everyMs / this.slots, () => {
      const tick = this.#tick++
      this.#next()
      ticked(tick)
      for (const member of this.#slot(tick)) beat(member)
    })
  }
}
