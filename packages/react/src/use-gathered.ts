import type { Change, Coalescable, CoalesceOptions, EventOf, TopicLike, TypeOf } from '@steadywire/core'
import { useEffect, useRef } from 'react'
import { createGatherer } from './gatherer.ts'
import { useSubscriber } from './provider.ts'
import { type Absence, defaultRefreshOn, type RefreshOn, watchAbsence } from './refresh-on.ts'
import { useRelay } from './relay.ts'
import { useCurrent } from './use-current.ts'
import { keyOf, type MaybeTopic } from './use-store.ts'

/** Why everything is to be refreshed: the topic is followed only from now on, events could not be had, or the app was away. */
export type RefreshReason = 'attached' | 'gap' | 'absence'

export interface GatherOptions<T extends TopicLike, Type extends TypeOf<T>>
  extends Pick<CoalesceOptions, 'quietMs' | 'maxWaitMs' | 'maxEntities'> {
  readonly types?: readonly Type[]
  readonly refreshOn?: RefreshOn
}

/** What is made of events, and what is done with it once it is quiet. */
export interface Gathering<Event, Item extends Coalescable> {
  event(event: Event, add: (item: Item) => void): void
  /** @param missed Nobody can say what else changed, for this reason. */
  flush(changes: readonly Change<Item>[], missed: RefreshReason | undefined): unknown
}

/** Gathered as events are: one for all of them. */
class Missed {
  readonly type = '* missed'
  readonly reason: RefreshReason

  constructor(reason: RefreshReason) {
    this.reason = reason
  }
}

/** What gathers for a component. */
interface Running<Item> {
  readonly absence: Absence
  add(item: Item | Missed): void
}

/** Gathers what events of a topic mean until it is quiet; sees gaps, and time away, after which everything is to be refreshed. */
export function useGathered<T extends TopicLike, Type extends TypeOf<T>, Item extends Coalescable>(
  topic: MaybeTopic<T>,
  options: GatherOptions<T, Type>,
  gathering: Gathering<EventOf<T, Type>, Item>,
): void {
  const { types, quietMs, maxWaitMs, maxEntities, refreshOn = defaultRefreshOn } = options
  const subscriber = useSubscriber()
  const current = useCurrent({ gathering, refreshOn }, subscriber, keyOf('gathered', topic))
  const running = useRef<Running<Item> | undefined>(undefined)
  useEffect(() => {
    const wishes = {
      ...(quietMs !== undefined && { quietMs }),
      ...(maxWaitMs !== undefined && { maxWaitMs }),
      ...(maxEntities !== undefined && { maxEntities }),
    }
    const { add, stop } = createGatherer<Item | Missed>(subscriber, wishes, (changes) => {
      const missed = changes.find(isMissed)
      return current.current.gathering.flush(changes.filter(isChange), missed?.event.reason)
    })
    const absence = watchAbsence(subscriber, () => {
      if (absence.end(current.current.refreshOn)) add(new Missed('absence'))
    })
    running.current = { absence, add }
    return () => {
      absence.stop()
      // What is refreshed may outlive this component: what it would still have been told, it is told now.
      stop()
    }
  }, [subscriber, current, quietMs, maxWaitMs, maxEntities])
  const add = (item: Item | Missed): void => running.current?.add(item)
  const missed = (reason: 'attached' | 'gap'): void => {
    if (refreshOn.includes(reason)) add(new Missed(reason))
  }
  useRelay<T, Type>(
    topic,
    { from: 'now', types },
    {
      event: (event) => gathering.event(event, add),
      gap: () => missed('gap'),
      attached({ kind }) {
        if (kind === 'fresh') missed('attached')
        if (running.current?.absence.end(refreshOn)) add(new Missed('absence'))
      },
    },
  )
}

function isMissed<Item extends Coalescable>(change: Change<Item | Missed>): change is Change<Missed> {
  return change.event instanceof Missed
}

function isChange<Item extends Coalescable>(change: Change<Item | Missed>): change is Change<Item> {
  return !isMissed(change)
}
