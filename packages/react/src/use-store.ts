import type { Subscriber, TopicLike } from '@steadywire/core'
import { useMemo, useSyncExternalStore } from 'react'
import { idOf } from './identify.ts'
import { useSubscriber } from './provider.ts'
import { findShared, joinShared } from './shared.ts'
import type { Store } from './store.ts'

/**
 * Shows the store of a key, which all who ask by this key share; without a key, and on a server, what is empty.
 *
 * @param make Called when the key is used first, or again.
 */
export function useStore<Snapshot>(
  key: string | undefined,
  empty: Snapshot,
  make: (subscriber: Subscriber) => Store<Snapshot>,
): Snapshot {
  const subscriber = useSubscriber()
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is made is told by the key
  const { subscribe, read } = useMemo(
    () => ({
      subscribe: (listener: () => void) =>
        key === undefined
          ? () => {}
          : joinShared(
              subscriber,
              key,
              () => make(subscriber),
              (store) => store.subscribe(listener),
            ),
      read: () => (key === undefined ? empty : (findShared<Store<Snapshot>>(subscriber, key)?.snapshot ?? empty)),
    }),
    [subscriber, key],
  )
  return useSyncExternalStore(subscribe, read, () => empty)
}

/** A topic, or none yet. */
export type MaybeTopic<T extends TopicLike> = T | undefined | null | false

/** Tells apart what can't share: another topic, or another wish for it. */
export function keyOf(kind: string, topic: MaybeTopic<TopicLike>, ...wishes: readonly unknown[]): string | undefined {
  if (!topic) return undefined
  // What reads the same may be read otherwise: by other schemas, or by none.
  const [name, schemas] = typeof topic === 'string' ? [topic, 0] : [topic.name, idOf(topic.schemas)]
  return JSON.stringify([kind, name, schemas, ...wishes])
}
