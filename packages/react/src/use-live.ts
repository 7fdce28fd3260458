import type { EventOf, LoadContext, SteadywireError, Subscriber, TopicLike, TypeOf } from '@steadywire/core'
import { useEffect, useMemo, useState } from 'react'
import { type Followed, notFollowed } from './followed.ts'
import { idOf } from './identify.ts'
import { identityChanges } from './identity-changes.ts'
import { type Giver, LiveStore } from './live-store.ts'
import type { Persist } from './persist.ts'
import { useSubscriber } from './provider.ts'
import { findShared } from './shared.ts'
import { useCurrent } from './use-current.ts'
import { keyOf, type MaybeTopic, useStore } from './use-store.ts'

/** A state, and how far events are in it already. Without a cursor events may be in it that come once more. */
export interface Loaded<State> {
  readonly state: State
  /** The topic's head, asked for before the state was read: what is at or below it is not reduced again. */
  readonly cursor?: string
}

export interface LiveOptions<State, T extends TopicLike = TopicLike, Type extends TypeOf<T> = TypeOf<T>> {
  /**
   * What the server rendered, with `cursor`: the stream goes on after it. With `start`: the state before the first event. Without a cursor
   * it is shown until `load` answered. For another identity none of it is used: `load` is asked.
   */
  readonly initial?: State
  readonly cursor?: string | 'start'
  /**
   * Loads the state: first of all, where there is no `initial` with a cursor, after a gap, and after `reduce` threw. Tried again until it
   * works; events wait. Of components that share the state, the one that was mounted last is asked.
   */
  readonly load: (context: LoadContext) => Loaded<State> | Promise<Loaded<State>>
  /**
   * Puts an event into the state, without changing the old one. Taken when the component begins to follow a topic, and used until it
   * follows another one: what it uses of a later render it does not see.
   */
  readonly reduce: (state: State, event: EventOf<T, Type>) => State
  readonly types?: readonly Type[]
  /** Keeps state and cursor together over restarts of the app. */
  readonly persist?: Persist<State>
}

export interface Live<State> extends Followed {
  /** Undefined until it is loaded. */
  readonly state: State | undefined
  /** What delayed or refused the topic, or what `load` or `reduce` threw; undefined again once it works. */
  readonly error: SteadywireError | undefined
}

/**
 * Keeps a state up to date: a snapshot, joined to the stream by its cursor, so that no event is missed or counted twice. Components
 * that give the same `reduce` (defined outside of them) share it.
 *
 * @example
 * const { state } = useLive(job({ jobId }), { initial: job, cursor, load: () => fetchJob(jobId), reduce: jobReducer })
 */
export function useLive<State, const T extends TopicLike = TopicLike, const Type extends TypeOf<T> = TypeOf<T>>(
  topic: MaybeTopic<T>,
  options: LiveOptions<State, T, Type>,
): Live<State> {
  const { initial, cursor, load, reduce, types, persist } = options
  const subscriber = useSubscriber()
  const wish = keyOf('live', topic, types, persist?.key)
  // What is inline is another one with each render: what counts is what came with the wish.
  // biome-ignore lint/correctness/useExhaustiveDependencies: as said
  const rules = useMemo(() => ({ reduce, types, persist }), [wish])
  const key = wish && `${idOf(rules.reduce)} ${wish}`
  const identity = useGivenFor(subscriber, wish, initial, cursor)
  const user = useCurrent<Giver<State>>({ initial, cursor, load, identity })
  const view = useStore<Live<State> | undefined>(
    key,
    undefined,
    () => new LiveStore<State, T, Type>(subscriber, topic as T, rules, user),
  )
  useEffect(() => {
    const users = key && findShared<LiveStore<State, T, Type>>(subscriber, key)?.users
    if (!users) return
    users.add(user)
    return () => void users.delete(user)
  }, [subscriber, key, user])
  return view ?? { ...notFollowed, state: identity === identityChanges(subscriber) ? initial : undefined }
}

/**
 * The identity for which a component was given its snapshot: the one that there was when this snapshot came first for this topic, also
 * if the topic went and came back.
 */
function useGivenFor(
  subscriber: Subscriber,
  wish: string | undefined,
  initial: unknown,
  cursor: string | undefined,
): number {
  const [former, setFormer] = useState(wish)
  if (wish !== undefined && wish !== former) setFormer(wish)
  // A cursor tells a snapshot apart although it is put into another object with each render.
  const snapshot = cursor === 'start' ? initial : (cursor ?? initial)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another snapshot is given for the present identity
  return useMemo(() => identityChanges(subscriber), [subscriber, wish ?? former, snapshot])
}
