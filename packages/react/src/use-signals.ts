import {
  type Change,
  type CoalesceOptions,
  type Coalescer,
  coalesce,
  type EventOf,
  type TopicLike,
  type TypeOf,
} from '@steadywire/core'
import { useEffect, useInsertionEffect, useRef } from 'react'
import { useSubscriber } from './provider.ts'
import { type Absence, defaultRefreshOn, type RefreshOn, watchAbsence } from './refresh-on.ts'
import { useRelay } from './relay.ts'
import type { MaybeTopic } from './use-store.ts'

/** Why everything is to be refreshed. */
export type RefreshReason = 'gap' | 'absence'

export interface SignalsOptions<T extends TopicLike = TopicLike, Type extends TypeOf<T> = TypeOf<T>>
  extends Pick<CoalesceOptions, 'quietMs' | 'maxWaitMs' | 'maxEntities'> {
  readonly types?: readonly Type[]
  /** Something about these entities changed. */
  readonly refresh: (changes: readonly Change<EventOf<T, Type>>[]) => unknown
  /** Nobody can say what changed meanwhile. */
  readonly refreshAll: (reason: RefreshReason) => unknown
  /** Default: after a gap, and after five minutes away. */
  readonly refreshOn?: RefreshOn
}

/**
 * Tells what to refresh: signals, gathered until it is quiet, one change for each entity. Ten updates of one job are one refresh.
 *
 * @example
 * useSignals(org({ orgId }), { refresh: (changes) => changes.forEach(({ key }) => store.refresh(key)), refreshAll: () => store.refreshAll() })
 */
export function useSignals<const T extends TopicLike, const Type extends TypeOf<T> = TypeOf<T>>(
  topic: MaybeTopic<T>,
  options: SignalsOptions<T, Type>,
): void {
  const { types, refreshOn = defaultRefreshOn, quietMs, maxWaitMs, maxEntities } = options
  const subscriber = useSubscriber()
  const latest = useRef(options)
  useInsertionEffect(() => {
    latest.current = options
  })
  const coalescer = useRef<Coalescer<EventOf<T, Type>> | undefined>(undefined)
  const absence = useRef<Absence | undefined>(undefined)
  useEffect(() => {
    const wishes = { ...(quietMs && { quietMs }), ...(maxWaitMs && { maxWaitMs }), ...(maxEntities && { maxEntities }) }
    const gathering = coalesce<EventOf<T, Type>>(wishes, (changes) => latest.current.refresh(changes))
    coalescer.current = gathering
    return () => gathering.close()
  }, [quietMs, maxWaitMs, maxEntities])
  const when = JSON.stringify(refreshOn)
  useEffect(() => {
    const watched = watchAbsence(subscriber, JSON.parse(when) as RefreshOn)
    absence.current = watched
    return watched.stop
  }, [subscriber, when])
  useRelay<T, Type>(
    topic,
    { from: 'now', types },
    {
      event: (event) => coalescer.current?.(event),
      gap: () => (refreshOn.includes('gap') ? options.refreshAll('gap') : undefined),
      attached: () => (absence.current?.isOver() ? options.refreshAll('absence') : undefined),
    },
  )
}
