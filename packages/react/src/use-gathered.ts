import {
  type Change,
  type Coalescable,
  type CoalesceOptions,
  type Coalescer,
  coalesce,
  type EventOf,
  type TopicLike,
  type TypeOf,
} from '@steadywire/core'
import { useEffect, useRef } from 'react'
import { useSubscriber } from './provider.ts'
import { type Absence, defaultRefreshOn, type RefreshOn, watchAbsence } from './refresh-on.ts'
import { useRelay } from './relay.ts'
import { useCurrent } from './use-current.ts'
import type { MaybeTopic } from './use-store.ts'

/** Why everything is to be refreshed. */
export type RefreshReason = 'gap' | 'absence'

export interface GatherOptions<T extends TopicLike, Type extends TypeOf<T>>
  extends Pick<CoalesceOptions, 'quietMs' | 'maxWaitMs' | 'maxEntities'> {
  readonly types?: readonly Type[]
  readonly refreshOn?: RefreshOn
}

/** What is made of events, and what is done with it once it is quiet. */
export interface Gathering<Event, Item extends Coalescable> {
  event(event: Event, add: (item: Item) => void): void
  /** Nobody can say what changed meanwhile. */
  missed(reason: RefreshReason, add: (item: Item) => void): unknown
  flush(changes: readonly Change<Item>[]): unknown
}

/** Gathers what events of a topic mean until it is quiet; sees gaps, and time away, after which everything is to be refreshed. */
export function useGathered<T extends TopicLike, Type extends TypeOf<T>, Item extends Coalescable>(
  topic: MaybeTopic<T>,
  options: GatherOptions<T, Type>,
  gathering: Gathering<EventOf<T, Type>, Item>,
): void {
  const { types, quietMs, maxWaitMs, maxEntities, refreshOn = defaultRefreshOn } = options
  const subscriber = useSubscriber()
  const current = useCurrent(gathering)
  const running = useRef<{ readonly items: Coalescer<Item>; readonly absence: Absence } | undefined>(undefined)
  useEffect(() => {
    const wishes = {
      ...(quietMs !== undefined && { quietMs }),
      ...(maxWaitMs !== undefined && { maxWaitMs }),
      ...(maxEntities !== undefined && { maxEntities }),
    }
    const items = coalesce<Item>(wishes, (changes) => current.current.flush(changes))
    const absence = watchAbsence(subscriber)
    running.current = { items, absence }
    return () => {
      absence.stop()
      // What is refreshed may outlive this component: what it would still have been told, it is told now.
      items.close({ flush: true })
    }
  }, [subscriber, current, quietMs, maxWaitMs, maxEntities])
  const add = (item: Item): void => running.current?.items(item)
  useRelay<T, Type>(
    topic,
    { from: 'now', types },
    {
      event: (event) => gathering.event(event, add),
      gap: () => (refreshOn.includes('gap') ? gathering.missed('gap', add) : undefined),
      attached: () => (running.current?.absence.end(refreshOn) ? gathering.missed('absence', add) : undefined),
    },
  )
}
