'use client'
import type { TopicLike } from '@steadywire/core'
import { hashKey, matchQuery, type QueryKey, useQueryClient } from '@tanstack/react-query'
import { type InvalidationOptions, type NoOther, type Rules, useInvalidation } from './invalidation.ts'
import type { MaybeTopic } from './use-store.ts'

/** One query key, which means all that begin with it, as in TanStack Query; or `{ keys: [['jobs'], ['documents', id]] }` for several. */
export type QueryKeys = QueryKey | { readonly keys: readonly QueryKey[] }

export type QueryRules<T extends TopicLike> = Rules<T, QueryKeys>

export type { InvalidationOptions, PatternOf } from './invalidation.ts'
export type { RefreshOn } from './refresh-on.ts'

/**
 * Tells TanStack Query what events made stale: ten events that mean one key are one request, of what is mounted; what is not is fetched when it
 * is mounted next. Use it where it stays, such as in a layout. When the topic was attached at first, after a gap, or a long absence, all that is mounted is refreshed.
 *
 * @example
 * useQueryInvalidation(org({ orgId }), {
 *   'job.*': ['jobs'],
 *   'evidence.uploaded': ({ entity }) => ({ keys: [['jobs'], ['documents', entity?.id]] }),
 * })
 */
export function useQueryInvalidation<const T extends TopicLike, Given = QueryRules<T>>(
  topic: MaybeTopic<T>,
  rules: QueryRules<NoInfer<T>> & NoOther<NoInfer<T>, Given>,
  options: InvalidationOptions<QueryKey> = {},
): void {
  const client = useQueryClient()
  const { scope = () => true } = options
  useInvalidation<T, QueryKey, QueryKeys>(topic, rules, options, {
    list: (keys) => (isOne(keys) ? [keys] : keys.keys),
    nameOf: hashKey,
    invalidate: ({ keys, all }) =>
      client.invalidateQueries({
        refetchType: 'active',
        predicate: (query) =>
          (all && scope(query.queryKey)) || keys.some((queryKey) => matchQuery({ queryKey }, query)),
      }),
  })
}

function isOne(keys: QueryKeys): keys is QueryKey {
  return Array.isArray(keys)
}
