import {
  type Continuity,
  type EventOf,
  type From,
  type Gap,
  messageOf,
  SteadywireError,
  type Subscriber,
  type TopicLike,
  type TypeOf,
} from '@steadywire/core'
import { type RefObject, useEffect } from 'react'
import { followApart, isPromise, type Told, toldOfEvent, toldOfGap } from './follow-apart.ts'
import { useSubscriber } from './provider.ts'
import { runEach } from './run-each.ts'
import { joinShared } from './shared.ts'
import { tellConsole } from './tell-console.ts'
import { useCurrent } from './use-current.ts'
import { keyOf, type MaybeTopic } from './use-store.ts'

/** What a component does with what comes. */
export interface Handlers<Event> {
  /** A promise is waited for before this component, and no other, is told of more. */
  event?(event: Event): unknown
  /** So is this one. */
  gap?(gap: Gap): unknown
  attached?(continuity: Continuity): void
}

export interface RelayOptions<T extends TopicLike, Type extends TypeOf<T>> {
  readonly from: From
  readonly types: readonly Type[] | undefined
}

/** A component, by the handlers of its last render. */
export type Listener<Event> = Readonly<RefObject<Handlers<Event>>>

/** Hands one subscription to many components. */
interface Relay<Event> {
  start(): void
  stop(): void
  join(listener: Listener<Event>): () => void
}

/**
 * Hands what comes to a component, for as long as it is mounted; always to the handlers of its last render. Those who begin with `now`
 * share one subscription; from elsewhere everybody has to be told from there, and anew whenever it is mounted.
 */
export function useRelay<T extends TopicLike, Type extends TypeOf<T>>(
  topic: MaybeTopic<T>,
  options: RelayOptions<T, Type>,
  handlers: Handlers<EventOf<T, Type>>,
): void {
  const subscriber = useSubscriber()
  const key = keyOf('relay', topic, options.from, options.types)
  const listener = useCurrent(handlers, subscriber, key)
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is followed is told by the key
  useEffect(() => {
    if (key === undefined) return undefined
    if (options.from !== 'now')
      return subscriber.state === 'closed' ? undefined : follow(subscriber, topic as T, options, listener)
    return joinShared<Relay<EventOf<T, Type>>>(
      subscriber,
      key,
      () => createRelay(subscriber, topic as T, options),
      (relay) => relay.join(listener),
    )
  }, [subscriber, key, listener])
}

function follow<T extends TopicLike, Type extends TypeOf<T>>(
  subscriber: Subscriber,
  topic: T,
  { from, types }: RelayOptions<T, Type>,
  listener: Listener<EventOf<T, Type>>,
): () => void {
  const subscription = subscriber.subscribe<T, Type>(topic, {
    from,
    ...(types && { types }),
    event: (event) => listener.current.event?.(event),
    gap: (gap) => listener.current.gap?.(gap),
    attached: (continuity) => listener.current.attached?.(continuity),
  })
  return () => subscription.unsubscribe()
}

function createRelay<T extends TopicLike, Type extends TypeOf<T>>(
  subscriber: Subscriber,
  topic: T,
  { from, types }: RelayOptions<T, Type>,
): Relay<EventOf<T, Type>> {
  const listeners = new Set<Listener<EventOf<T, Type>>>()
  /** Those that need time, and how to end what they follow by themselves. */
  const apart = new Map<Listener<EventOf<T, Type>>, () => void>()
  const stops: (() => void)[] = []
  let identities = 0
  /** Something came while nobody was there to hear it. */
  let isMissed = false

  function tell(told: Told<EventOf<T, Type>>): void {
    const identity = identities
    isMissed ||= listeners.size + apart.size === 0
    runEach([...listeners], (listener) => {
      // A handler may have made another leave, or changed who may be told.
      if (identity !== identities || !listeners.has(listener)) return
      const result = told.run(listener.current)
      if (!isPromise(result)) return
      // Nor may it itself be there any more.
      if (identity !== identities || !listeners.has(listener)) return void Promise.resolve(result).catch(tellFailed)
      listeners.delete(listener)
      apart.set(listener, followApart(subscriber, topic, types, listener, told, result))
    })
  }

  return {
    start() {
      const handlers: Handlers<EventOf<T, Type>> = {
        event: (event) => tell(toldOfEvent(event)),
        gap: (gap) => tell(toldOfGap(gap)),
        attached: (continuity) =>
          runEach([...listeners], (listener) => listeners.has(listener) && listener.current.attached?.(continuity)),
      }
      stops.push(
        follow(subscriber, topic, { from, types }, { current: handlers }),
        subscriber.on('identity', () => {
          identities += 1
          // For somebody else all begin with `now` again, together.
          for (const [listener, stop] of apart) {
            stop()
            listeners.add(listener)
          }
          apart.clear()
        }),
      )
    },
    stop() {
      for (const stop of [...stops, ...apart.values()]) stop()
    },
    join(listener) {
      listeners.add(listener)
      // As if it had been attached now: it lingered, and for who comes it begins anew.
      if (isMissed) listener.current.attached?.({ kind: 'fresh', count: 0 })
      isMissed = false
      return () => {
        listeners.delete(listener)
        apart.get(listener)?.()
        apart.delete(listener)
      }
    },
  }
}

function tellFailed(cause: unknown): void {
  tellConsole(new SteadywireError('handler_failed', messageOf(cause), { cause }))
}
