import type { Subscriber } from '@steadywire/core'
import { atNextFrame } from './frame.ts'

/** Something to show that changes by itself. */
export interface Store<Snapshot> {
  /** The same object until something changed. */
  readonly snapshot: Snapshot
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
  empty: Snapshot,
  begin: (changed: () => void, isFirst: boolean) => Work<Snapshot>,
): Store<Snapshot> {
  const listeners = new Set<() => void>()
  let work: Work<Snapshot> | undefined
  let snapshot = empty

  function show(next: Snapshot): void {
    snapshot = next
    for (const listener of [...listeners]) listener()
  }

  function run(isFirst: boolean): void {
    const mine = begin(() => atNextFrame(publish), isFirst)
    const publish = (): void => {
      if (work === mine) show(mine.view())
    }
    work = mine
  }

  function stop(purge: boolean): void {
    work?.stop(purge)
    work = undefined
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
        stop(purge)
        show(empty)
        run(false)
      })
      return () => {
        unlisten()
        stop(false)
      }
    },
  }
}
