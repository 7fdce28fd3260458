import {
  type Cursor,
  compareCursors,
  decodeCursor,
  type EventOf,
  encodeCursor,
  type LoadContext,
  type Subscriber,
  type Subscription,
  type TopicLike,
  type TypeOf,
} from '@steadywire/core'
import { useState } from 'react'
import { type Followed, followedBy, notFollowed } from './followed.ts'
import { createKeeper, type Keeper, type Persist, type Saved } from './persist.ts'
import { Store } from './store.ts'
import { useCurrent } from './use-current.ts'
import { keyOf, type MaybeTopic, useStore } from './use-store.ts'

/** A state, and how far events are in it already. Without a cursor events may be in it that come once more. */
export interface Loaded<State> {
  readonly state: State
  /** The topic's head, asked for before the state was read: what is at or below it is not reduced again. */
  readonly cursor?: string
}

export interface LiveOptions<State, T extends TopicLike = TopicLike, Type extends TypeOf<T> = TypeOf<T>> {
  /** What the server rendered, with `cursor`: the stream goes on after it. With `start`: the state before the first event. */
  readonly initial?: State
  readonly cursor?: string | 'start'
  /** Loads the state: first of all, where there is no `initial`, and after a gap. Tried again until it works; events wait. */
  readonly load: (context: LoadContext) => Loaded<State> | Promise<Loaded<State>>
  /** Puts an event into the state, without changing the old one. Taken when the component is mounted, as `useReducer` does. */
  readonly reduce: (state: State, event: EventOf<T, Type>) => State
  readonly types?: readonly Type[]
  /** Keeps state and cursor together over restarts of the app. */
  readonly persist?: Persist<State>
}

export interface Live<State> extends Followed {
  /** Undefined until it is loaded. */
  readonly state: State | undefined
}

type Rules<State, T extends TopicLike, Type extends TypeOf<T>> = Omit<
  LiveOptions<State, T, Type>,
  'initial' | 'cursor'
> & { readonly start: Saved<State> | undefined }

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
  const { initial, cursor, types, persist } = options
  // The first of each: what is inline is another one with each render.
  const [reducer] = useState(() => idOf(options.reduce))
  const [empty] = useState<Live<State>>(() => ({ ...notFollowed, state: initial }))
  const current = useCurrent(options)
  return useStore<Live<State>>(keyOf('live', topic, types, reducer, persist?.key), empty, (subscriber) => {
    const start =
      initial === undefined || cursor === undefined
        ? undefined
        : { state: initial, cursor: cursor === 'start' ? encodeCursor({ seq: 0 }) : (cursor as Cursor) }
    return liveStore(subscriber, topic as T, {
      ...options,
      load: (context) => current.current.load(context),
      start,
    })
  })
}

function liveStore<State, T extends TopicLike, Type extends TypeOf<T>>(
  subscriber: Subscriber,
  topic: T,
  rules: Rules<State, T, Type>,
): Store<Live<State>> {
  const { types, load, reduce, persist, start } = rules
  return new Store<Live<State>>(subscriber, (changed, isFirst) => {
    let saved = isFirst ? start : undefined
    let state = saved?.state
    /** Up to here events are in the state, although the stream is not there yet. */
    let ahead: Cursor | undefined
    let subscription: Subscription | undefined
    let stopped = false
    const keeper: Keeper<State> | undefined =
      persist &&
      createKeeper(persist, subscriber.subject, () => {
        const cursor = ahead ?? subscription?.cursor
        return state === undefined || cursor === undefined ? undefined : { state, cursor }
      })

    function follow(): void {
      subscription = subscriber.subscribe<T, Type>(topic, {
        from: saved?.cursor ?? 'now',
        ...(types && { types }),
        async load(context) {
          if (context.reason === 'attach' && state !== undefined) return
          const loaded = await load(context)
          state = loaded.state
          ahead = loaded.cursor as Cursor | undefined
          noted()
        },
        event(event) {
          if (ahead) {
            const { seq, epoch } = decodeCursor(ahead)
            if (event.epoch === epoch && event.seq <= seq) return
            ahead = undefined
          }
          state = reduce(state as State, event)
          noted()
        },
        attached: changed,
        status: changed,
      })
      changed()
    }

    function noted(): void {
      keeper?.note()
      changed()
    }

    async function restore(): Promise<void> {
      const stored = await keeper?.restore()
      if (stopped) return
      const order = stored && saved ? compareCursors(stored.cursor, saved.cursor) : 1
      if (stored && order !== undefined && order > 0) {
        saved = stored
        state = stored.state
      }
      follow()
    }

    if (keeper) void restore()
    else follow()
    return {
      view: () => ({ ...(subscription ? followedBy(subscription) : notFollowed), state }),
      stop(purge) {
        stopped = true
        keeper?.stop(purge)
        subscription?.unsubscribe()
      },
    }
  })
}

const ids = new WeakMap<object, number>()
let drawn = 0

function idOf(reduce: object): number {
  const id = ids.get(reduce) ?? ++drawn
  ids.set(reduce, id)
  return id
}
