import type { EventOf, From, TopicLike, TypeOf } from '@steadywire/core'
import { useEvents } from './use-events.ts'
import type { MaybeTopic } from './use-store.ts'

export interface LatestOptions<T extends TopicLike = TopicLike, Type extends TypeOf<T> = TypeOf<T>> {
  readonly types?: readonly Type[]
  /** Where to look first. Default: the last event, with `types` the last 100. */
  readonly from?: From
}

/**
 * Shows the newest event of a topic; undefined while there is none.
 *
 * @example
 * const progress = useLatest(job({ jobId }), { types: ['progress'] })
 */
export function useLatest<const T extends TopicLike, const Type extends TypeOf<T> = TypeOf<T>>(
  topic: MaybeTopic<T>,
  options: LatestOptions<T, Type> = {},
): EventOf<T, Type> | undefined {
  const { types, from = { last: types ? 100 : 1 } } = options
  return useEvents<T, Type>(topic, { from, limit: 1, ...(types && { types }) }).events.at(-1)
}
