import type { Subscriber } from '@steadywire/core'

/** How long what nobody uses any more is kept, ms: who comes back in a moment goes on with it. */
const lingerMs = 1000

/** What begins with its first user, and ends after its last. */
interface Startable {
  start(): void
  /** `purge`: what is kept is to be forgotten, too. */
  stop(purge: boolean): void
  /** Told when the subscriber was closed. */
  publish?(): void
}

interface Entry {
  readonly shared: Startable
  users: number
  cancelLinger: (() => void) | undefined
}

const sharedBy = new WeakMap<Subscriber, Map<string, Entry>>()

/** What is in use by this key; nothing is begun. Whoever has the key knows the type. */
export function findShared<Shared extends Startable>(subscriber: Subscriber, key: string): Shared | undefined {
  return sharedBy.get(subscriber)?.get(key)?.shared as Shared | undefined
}

/** Joins what is in use by this key, which the first makes; answers how to leave it. */
export function joinShared<Shared extends Startable>(
  subscriber: Subscriber,
  key: string,
  make: () => Shared,
  join: (shared: Shared) => () => void,
): () => void {
  const entries = sharedBy.get(subscriber) ?? entriesOf(subscriber)
  const entry = entries.get(key) ?? begin(subscriber, make())
  entries.set(key, entry)
  entry.cancelLinger?.()
  entry.users += 1
  const leave = join(entry.shared as Shared)
  return () => {
    leave()
    entry.users -= 1
    if (entry.users > 0) return
    entry.cancelLinger = subscriber.clock.after(lingerMs, () => end(entries, key, entry))
  }
}

function begin(subscriber: Subscriber, shared: Startable): Entry {
  // A page may be rendered once more after the end.
  if (subscriber.state !== 'closed') shared.start()
  return { shared, users: 0, cancelLinger: undefined }
}

function end(entries: Map<string, Entry>, key: string, entry: Entry, purge = false): void {
  entries.delete(key)
  entry.shared.stop(purge)
}

function entriesOf(subscriber: Subscriber): Map<string, Entry> {
  const entries = new Map<string, Entry>()
  sharedBy.set(subscriber, entries)
  // Told before what is shared: what nobody uses any more is not begun for the next identity.
  subscriber.on('identity', ({ purge }) => {
    for (const [key, entry] of [...entries]) {
      if (entry.users > 0) continue
      entry.cancelLinger?.()
      end(entries, key, entry, purge)
    }
  })
  subscriber.on('state', ({ state }) => {
    if (state === 'closed') for (const { shared } of [...entries.values()]) shared.publish?.()
  })
  return entries
}
