import type { Subscriber } from '@steadywire/core'
import { atNextFrame } from './frame.ts'

/** What a store does while it is in use. */
export interface Work<Snapshot> {
  view(): Snapshot
  /** `purge`: what is kept is to be forgotten, too. */
  stop(purge: boolean): void
}

/** @param changed Says that there is something else to show. */
export type Begin<Snapshot> = (changed: () => void) => Work<Snapshot>

/**
 * Shows what some work comes to. For another identity the work begins anew, and what was shown is gone before anything else
 * happens (D10).
 */
export class Store<Snapshot> {
  readonly #subscriber: Subscriber
  readonly #begin: Begin<Snapshot>
  readonly #listeners = new Set<() => void>()
  #work: Work<Snapshot> | undefined
  #snapshot: Snapshot | undefined
  #unlisten: (() => void) | undefined

  constructor(subscriber: Subscriber, begin: Begin<Snapshot>) {
    this.#subscriber = subscriber
    this.#begin = begin
  }

  /** The same object until something changed; undefined before the start. */
  get snapshot(): Snapshot | undefined {
    return this.#snapshot
  }

  /** Told at most once a frame, however much changed. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  start(): void {
    this.#run()
    this.#unlisten = this.#subscriber.on('identity', ({ purge }) => {
      if (!this.#work) return
      this.#work.stop(purge)
      this.#run()
    })
  }

  stop(purge: boolean): void {
    this.#unlisten?.()
    this.#work?.stop(purge)
    this.#work = undefined
  }

  #run(): void {
    this.#work = this.#begin(() => atNextFrame(this))
    this.publish()
  }

  publish(): void {
    if (!this.#work) return
    this.#snapshot = this.#work.view()
    for (const listener of [...this.#listeners]) listener()
  }
}
