import type { Subscriber } from '@steadywire/core'
import { atNextFrame } from './frame.ts'

/** Something to show that changes by itself. */
export interface Store<Snapshot> {
  /** The same object until something changed; undefined before the start. */
  readonly snapshot: Snapshot | undefined
  /** Told at most once a frame, however much changed. */
  subscribe(listener: () => void): () => void
  /** Begins its work; answers how to end it. */
  start(): () => void
}

/** What a store does while it is in use. */
export interface Work<Snapshot> {
  view(): Snapshot
  /** `purge`: what is kept is to be forgotten, too. */
  stop(purge: boolean): void
}

/**
 * Shows what some work comes to. For another identity the work begins anew, and what was shown is gone before anything else
 * happens (D10).
 *
 * @param begin Told how to say that something changed, and whether this is the first identity.
 */
export function createStore<Snapshot>(
  subscriber: Subscriber,
  begin: (changed: () => void, isFirst: boolean) => Work<Snapshot>,
): Store<Snapshot> {
  const listeners = new Set<() => void>()
  let work: Work<Snapshot> | undefined
  let snapshot: Snapshot | undefined

  const publish = (): void => {
    if (!work) return
    snapshot = work.view()
    for (const listener of [...listeners]) listener()
  }

  function run(isFirst: boolean): void {
    work = begin(() => atNextFrame(publish), isFirst)
    publish()
  }

  return {
    get snapshot() {
      return snapshot
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    start() {
      run(true)
      const unlisten = subscriber.on('identity', ({ purge }) => {
        work?.stop(purge)
        run(false)
      })
      return () => {
        unlisten()
        work?.stop(false)
        work = undefined
      }
    },
  }
}
