import {
  type EventOf,
  type Gap,
  type Position,
  type Subscriber,
  type TopicLike,
  type TypeOf,
  topicName,
} from '@steadywire/core'
import type { Handlers, Listener } from './relay.ts'

/** What a component was told. */
export interface Told<Event> {
  /** Of the event; a gap has none. */
  readonly id: string | undefined
  /** Who goes on from here is told of it again if it is an event; a gap is over. */
  readonly from: Position
  run(handlers: Handlers<Event>): unknown
}

export function toldOfEvent<Event extends EventOf<string>>(event: Event): Told<Event> {
  const { id, epoch, seq } = event
  return { id, from: { epoch, seq: seq - 1 }, run: (handlers) => handlers.event?.(event) }
}

export function toldOfGap<Event>(gap: Gap): Told<Event> {
  return { id: undefined, from: gap.to, run: (handlers) => handlers.gap?.(gap) }
}

/**
 * Who needs time for what it was told goes on with a subscription of its own, which waits for it as any does: bounded, with what failed reported,
 * and holding up nobody else (D7, D8). Answers how to end it.
 *
 * @param busy What it needs the time for. Of the event that it was told of last it is told again, which this stands for.
 */
export function followApart<T extends TopicLike, Type extends TypeOf<T>>(
  subscriber: Subscriber,
  topic: T,
  types: readonly Type[] | undefined,
  listener: Listener<EventOf<T, Type>>,
  last: Told<EventOf<T, Type>>,
  busy: PromiseLike<unknown>,
): () => void {
  const { from } = last
  let isOver = false
  let waiting: Promise<unknown> | undefined = Promise.resolve(busy)
  // It is reported where it is waited for, which may be later.
  waiting.catch(() => {})

  function tell(told: Told<EventOf<T, Type>>): unknown {
    const before = waiting
    waiting = undefined
    if (!before) return told.run(listener.current)
    if (told.id !== undefined && told.id === last.id) return before
    return before.finally(() => (isOver ? undefined : told.run(listener.current)))
  }

  const subscription = subscriber.subscribe<T, Type>(topic, {
    from,
    ...(types && { types }),
    event: (event) => tell(toldOfEvent(event)),
    gap: (gap) => tell(toldOfGap(gap)),
    attached({ kind }) {
      // Only a wire without positions begins anew here: nobody can say what came meanwhile.
      if (kind === 'fresh') return tell(toldOfGap({ topic: topicName(topic), reason: 'unknown', from, to: from }))
      const before = waiting
      waiting = undefined
      return before
    },
  })
  return () => {
    isOver = true
    subscription.unsubscribe()
  }
}

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
