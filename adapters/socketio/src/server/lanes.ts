import type { Clock } from '@steadywire/core'
import type { SocketPeer } from './peer.ts'

/** So many pages of one client are read at the same time, and none while so much waits for it. */
const atOnce = 8
const waitAbove = 262_144
/** What does not come for so long, since its log hangs, gives way to the others (D7). */
const giveWayMs = 500

/** What a client is told by pages, which are large: read only as fast as it takes them (D8). */
export class Lanes {
  readonly #clock: Clock
  readonly #client: Pick<SocketPeer, 'bufferedBytes' | 'gone' | 'drained'>
  #queue: (() => Promise<unknown>)[] = []
  #busy = 0

  constructor(clock: Clock, client: Pick<SocketPeer, 'bufferedBytes' | 'gone' | 'drained'>) {
    this.#clock = clock
    this.#client = client
  }

  run<T>(call: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#queue.push(() => call().then(resolve, reject))
      if (this.#busy < atOnce) void this.#work()
    })
  }

  async #work(): Promise<void> {
    this.#busy++
    while (!this.#client.gone) {
      if (this.#client.bufferedBytes > waitAbove) await this.#client.drained()
      const call = this.#queue.shift()
      if (!call) break
      await this.#atMost(giveWayMs, call())
    }
    this.#busy--
    if (this.#client.gone) this.#queue = []
  }

  /** Resolves when `call` did, or after `ms`; `call` goes on. */
  #atMost(ms: number, call: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ms, resolve)
      void call.then(() => {
        cancel()
        resolve()
      })
    })
  }
}
