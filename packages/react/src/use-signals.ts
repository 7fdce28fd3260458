import {
  type Change,
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
  const { types, quietMs, maxWaitMs, maxEntities } = options
  const subscriber = useSubscriber()
  const current = useCurrent(options)
  const running = useRef<{ readonly changes: Coalescer<EventOf<T, Type>>; readonly absence: Absence } | undefined>(
    undefined,
  )
  useEffect(() => {
    const wishes = {
      ...(quietMs !== undefined && { quietMs }),
      ...(maxWaitMs !== undefined && { maxWaitMs }),
      ...(maxEntities !== undefined && { maxEntities }),
    }
    const changes = coalesce<EventOf<T, Type>>(wishes, (batch) => current.current.refresh(batch))
    const absence = watchAbsence(subscriber)
    running.current = { changes, absence }
    return () => {
      changes.close()
      absence.stop()
    }
  }, [subscriber, current, quietMs, maxWaitMs, maxEntities])
  const { refreshOn = defaultRefreshOn } = options
  useRelay<T, Type>(
    topic,
    { from: 'now', types },
    {
      event: (event) => running.current?.changes(event),
      gap: () => (refreshOn.includes('gap') ? options.refreshAll('gap') : undefined),
      attached: () => (running.current?.absence.end(refreshOn) ? options.refreshAll('absence') : undefined),
    },
  )
}
