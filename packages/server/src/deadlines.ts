import { type Clock, type WireError, wireError } from '@steadywire/core'

/** Gives up on calls that take too long, and on all of them when it is closed: whoever waits is always answered. */
export class Deadlines {
  readonly #clock: Clock
  readonly #ms: number
  readonly #waiting = new Set<(why: WireError) => void>()
  #closed: (() => WireError) | undefined

  constructor(clock: Clock, ms: number) {
    this.#clock = clock
    this.#ms = ms
  }

  /** Settles as `call` does; rejects with `deadline` if that takes too long, and `call` goes unheard then. */
  within<T>(what: string, call: Promise<T>, ms = this.#ms): Promise<T> {
    return new Promise((resolve, reject) => {
      const done = (settle: () => void): void => {
        cancel()
        this.#waiting.delete(giveUp)
        settle()
      }
      const giveUp = (why: WireError): void => done(() => reject(why))
      const cancel = this.#clock.after(ms, () => giveUp(late(what, ms)))
      this.#waiting.add(giveUp)
      call.then(
        (value) => done(() => resolve(value)),
        (thrown: unknown) => done(() => reject(thrown)),
      )
      if (this.#closed) giveUp(this.#closed())
    })
  }

  close(why: () => WireError): void {
    this.#closed = why
    for (const giveUp of [...this.#waiting]) giveUp(why())
  }
}

function late(what: string, ms: number): WireError {
  return wireError('retry', 'deadline', `${what} took longer than ${ms} ms`, {
    hint: 'Look at its load, or raise callDeadlineMs of the gateway.',
  })
}
