'use client'
import type { TopicLike } from '@steadywire/core'
import { type Arguments, unstable_serialize, useSWRConfig } from 'swr'
import { type InvalidationOptions, type Rules, useInvalidation } from './invalidation.ts'
import type { MaybeTopic } from './use-store.ts'

/** A key of SWR. */
export type SwrKey = string | readonly unknown[] | Readonly<Record<string, unknown>>

/** One key, or several in an array. So one key that is an array itself stands in another: `[['/api/jobs', 7]]`. */
export type SwrKeys = string | Readonly<Record<string, unknown>> | readonly SwrKey[]

export type SwrRules<T extends TopicLike> = Rules<T, SwrKeys>

export type { InvalidationOptions, PatternOf } from './invalidation.ts'
export type { RefreshOn } from './refresh-on.ts'

/**
 * Tells SWR what events made stale: ten events that mean one key are one request, of what is mounted; what is not is fetched when it is mounted
 * next. Use it where it stays, such as in a layout. After a gap, or a long absence, all that is mounted is refreshed.
 *
 * @example
 * useSwrInvalidation(org({ orgId }), {
 *   'job.*': '/api/jobs',
 *   'evidence.uploaded': ({ entity }) => ['/api/jobs', `/api/jobs/${entity?.id}/documents`],
 * })
 */
export function useSwrInvalidation<const T extends TopicLike>(
  topic: MaybeTopic<T>,
  rules: SwrRules<NoInfer<T>>,
  options: InvalidationOptions<Arguments> = {},
): void {
  const { mutate } = useSWRConfig()
  const { scope = () => true } = options
  useInvalidation<T, SwrKey, SwrKeys>(topic, rules, options as InvalidationOptions<SwrKey>, {
    list: (keys) => (Array.isArray(keys) ? keys : [keys as SwrKey]),
    nameOf: unstable_serialize,
    invalidate({ keys, all }) {
      const told = new Set(keys.map(unstable_serialize))
      const rest = (key: Arguments): boolean => !told.has(unstable_serialize(key)) && scope(key)
      return Promise.all([...keys.map((key) => mutate(key)), all && mutate(rest)])
    },
  })
}
