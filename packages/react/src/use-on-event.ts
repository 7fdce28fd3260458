import type { EventOf, From, Gap, TopicLike, TypeOf } from '@steadywire/core'
import { useRelay } from './relay.ts'
import type { MaybeTopic } from './use-store.ts'

export interface OnEventOptions<T extends TopicLike = TopicLike, Type extends TypeOf<T> = TypeOf<T>> {
  readonly types?: readonly Type[]
  /** Default `now`: what happens while the component is mounted. From elsewhere it is told everything from there whenever it is mounted. */
  readonly from?: From
  /** Called with what could not be had, in its place. */
  readonly gap?: (gap: Gap) => unknown
}

/**
 * Calls a function with each event, once and in order, for what is no display: a sound, a notice, a log. It may change with each render; a
 * promise that it returns is waited for before it is called again, and holds up no other component; nor does what it throws.
 *
 * @example
 * useOnEvent(session({ sessionId }), ({ data }) => notify(data.message), { types: ['error'] })
 */
export function useOnEvent<const T extends TopicLike, const Type extends TypeOf<T> = TypeOf<T>>(
  topic: MaybeTopic<T>,
  event: (event: EventOf<T, Type>) => unknown,
  options: OnEventOptions<T, Type> = {},
): void {
  const { from = 'now', types, gap } = options
  useRelay<T, Type>(topic, { from, types }, { event, ...(gap && { gap }) })
}
