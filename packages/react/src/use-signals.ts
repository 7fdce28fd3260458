import type { Change, EventOf, TopicLike, TypeOf } from '@steadywire/core'
import type { RefreshOn } from './refresh-on.ts'
import { type GatherOptions, type RefreshReason, useGathered } from './use-gathered.ts'
import type { MaybeTopic } from './use-store.ts'

export type { RefreshReason }

export interface SignalsOptions<T extends TopicLike = TopicLike, Type extends TypeOf<T> = TypeOf<T>>
  extends GatherOptions<T, Type> {
  /** Something about these entities changed. */
  readonly refresh: (changes: readonly Change<EventOf<T, Type>>[]) => unknown
  /** Nobody can say what changed meanwhile. Then it is called instead of `refresh`, once it is quiet. */
  readonly refreshAll: (reason: RefreshReason) => unknown
  /** Default: when the topic was attached at first, after a gap, and after five minutes away. */
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
  useGathered<T, Type, EventOf<T, Type>>(topic, options, {
    event: (event, add) => add(event),
    flush: (changes, missed) => (missed ? options.refreshAll(missed) : options.refresh(changes)),
  })
}
