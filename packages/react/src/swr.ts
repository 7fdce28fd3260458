'use client'
import type { TopicLike } from '@steadywire/core'
import { useEffect, useRef } from 'react'
import { type Arguments, type Cache, type State, unstable_serialize, useSWRConfig } from 'swr'
import { type InvalidationOptions, type NoOther, type Rules, useInvalidation } from './invalidation.ts'
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
 * next. Use it where it stays, such as in a layout. When the topic was attached at first, after a gap, or a long absence, all that is mounted is refreshed.
 *
 * @example
 * useSwrInvalidation(org({ orgId }), {
 *   'job.*': '/api/jobs',
 *   'evidence.uploaded': ({ entity }) => ['/api/jobs', `/api/jobs/${entity?.id}/documents`],
 * })
 */
export function useSwrInvalidation<const T extends TopicLike, Given = SwrRules<T>>(
  topic: MaybeTopic<T>,
  rules: SwrRules<NoInfer<T>> & NoOther<NoInfer<T>, Given>,
  options: InvalidationOptions<Arguments> = {},
): void {
  const { cache, mutate } = useSWRConfig()
  const { scope = () => true } = options
  const isGone = useRef(false)
  useEffect(() => {
    isGone.current = false
    return () => {
      isGone.current = true
    }
  }, [])
  useInvalidation<T, SwrKey, SwrKeys>(topic, rules, options as InvalidationOptions<SwrKey>, {
    list: (keys) => (Array.isArray(keys) ? keys : [keys as SwrKey]),
    nameOf: unstable_serialize,
    invalidate({ keys, all }) {
      const told = new Set(keys.map(unstable_serialize))
      const rest = (key: Arguments): boolean => !told.has(unstable_serialize(key)) && scope(key)
      const lists = all ? listsOf(cache).filter((list) => !told.has(list) && scope(firstPageOf(cache, list))) : []
      const refreshed = [...keys, ...lists].map((key) => {
        if (typeof key === 'string' && key.startsWith(listPrefix)) tellAllPages(cache, key)
        return mutate(key)
      })
      return Promise.all([all && mutate(rest), ...refreshed]).catch((cause) => {
        // The cache may have gone with this component; SWR then trips over what it no longer has.
        if (!isGone.current) throw cause
      })
    },
  })
}

/** How the keys of `useSWRInfinite` begin, which `mutate` with a filter passes over. */
const listPrefix = '$inf$'

function listsOf(cache: Cache): string[] {
  return [...cache.keys()].filter((key) => key.startsWith(listPrefix))
}

/** The key of a list's first page, as the app wrote it; before that has come, as text. */
function firstPageOf(cache: Cache, list: string): Arguments {
  const text = list.slice(listPrefix.length)
  const page: (State & { readonly _k?: Arguments }) | undefined = cache.get(text)
  return page?._k ?? text
}

/** As `mutate` of `useSWRInfinite` does: without that only the first page is fetched. */
function tellAllPages(cache: Cache, list: string): void {
  const mark = { _i: true }
  cache.set(list, { ...cache.get(list), ...mark })
}
