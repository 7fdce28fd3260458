import type { Continuity, EventOf, From, Gap, Subscriber, Subscription, TopicLike, TypeOf } from '@steadywire/core'
import { type RefObject, useEffect, useId } from 'react'
import { useSubscriber } from './provider.ts'
import { joinShared } from './shared.ts'
import { useCurrent } from './use-current.ts'
import { keyOf, type MaybeTopic } from './use-store.ts'

/** What a component does with what comes. */
export interface Handlers<Event> {
  event?(event: Event): unknown
  gap?(gap: Gap): unknown
  attached?(continuity: Continuity): unknown
}

export interface RelayOptions<T extends TopicLike, Type extends TypeOf<T>> {
  readonly from: From
  readonly types: readonly Type[] | undefined
}

type Listener<Event> = Readonly<RefObject<Handlers<Event>>>

/** Hands one subscription to many components. */
interface Relay<Event> {
  start(): void
  stop(): void
  join(listener: Listener<Event>): () => void
}

/**
 * Hands what comes to a component, for as long as it is mounted; always to the handlers of its last render. Those who begin with `now`
 * share one subscription; from elsewhere everybody has to be told from there.
 */
export function useRelay<T extends TopicLike, Type extends TypeOf<T>>(
  topic: MaybeTopic<T>,
  options: RelayOptions<T, Type>,
  handlers: Handlers<EventOf<T, Type>>,
): void {
  const subscriber = useSubscriber()
  const current = useCurrent(handlers)
  const { from, types } = options
  const own = useId()
  const key = keyOf('relay', topic, from, types, from === 'now' ? undefined : own)
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is followed is told by the key
  useEffect(() => {
    if (key === undefined) return undefined
    return joinShared<Relay<EventOf<T, Type>>>(
      subscriber,
      key,
      () => createRelay(subscriber, topic as T, options),
      (relay) => relay.join(current),
    )
  }, [subscriber, key])
}

function createRelay<T extends TopicLike, Type extends TypeOf<T>>(
  subscriber: Subscriber,
  topic: T,
  { from, types }: RelayOptions<T, Type>,
): Relay<EventOf<T, Type>> {
  const listeners = new Set<Listener<EventOf<T, Type>>>()
  const each = (run: (handlers: Handlers<EventOf<T, Type>>) => unknown): unknown => {
    const pending: PromiseLike<unknown>[] = []
    const failed: unknown[] = []
    for (const { current } of [...listeners]) {
      try {
        const result = run(current)
        if (isPromise(result)) pending.push(result)
      } catch (thrown) {
        failed.push(thrown)
      }
    }
    if (pending.length === 0 && failed.length === 0) return undefined
    return Promise.allSettled(pending).then((results) => {
      for (const result of results) if (result.status === 'rejected') failed.push(result.reason)
      if (failed.length > 0) throw failed.length === 1 ? failed[0] : new AggregateError(failed, 'Handlers threw')
    })
  }
  let subscription: Subscription | undefined
  return {
    start() {
      subscription = subscriber.subscribe<T, Type>(topic, {
        from,
        ...(types && { types }),
        event: (event) => each((handlers) => handlers.event?.(event)),
        gap: (gap) => each((handlers) => handlers.gap?.(gap)),
        attached: (continuity) => each((handlers) => handlers.attached?.(continuity)),
      })
    },
    stop: () => subscription?.unsubscribe(),
    join(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value
}
