import type { EventOf, TopicLike, TypeOf } from '@steadywire/core'
import type { RefreshOn } from './refresh-on.ts'
import { runEach } from './run-each.ts'
import { useGathered } from './use-gathered.ts'
import type { MaybeTopic } from './use-store.ts'

type Separator = '.' | ':' | '_'

type Beginnings<Type extends string, By extends Separator = Separator> = By extends Separator
  ? Type extends `${infer Head}${By}${infer Rest}`
    ? `${Head}${By}*` | `${Head}${By}${Beginnings<Rest, By>}`
    : never
  : never

/** A type of the topic; its beginning up to a `.`, `:` or `_` and a star, such as `job.*`; or `*` for all. */
export type PatternOf<T extends TopicLike> = '*' | TypeOf<T> | Beginnings<TypeOf<T>>

type Matching<Type extends string, Pattern extends string> = string extends Type
  ? Type
  : Pattern extends `${infer Beginning}*`
    ? Extract<Type, `${Beginning}${string}`>
    : Extract<Type, Pattern>

/** What a pattern's events make stale: the keys, or a function of the event. */
export type Rule<Event, Keys> = Keys | ((event: Event) => Keys | undefined)

/** Pattern → what its events make stale. All patterns that match an event count. */
export type Rules<T extends TopicLike, Keys> = {
  readonly [Pattern in PatternOf<T>]?: Rule<EventOf<T, Matching<TypeOf<T>, Pattern> & TypeOf<T>>, Keys>
}

/** Refuses patterns that match no type of the topic also where rules were kept before: without it one that matches is enough there. */
export type NoOther<T extends TopicLike, Given> = {
  readonly [Pattern in keyof Given]: Pattern extends PatternOf<T> ? unknown : never
}

export interface InvalidationOptions<Key> {
  /** How long it must be quiet before caches are told; starts again with each event. Default 500 ms. */
  readonly quietMs?: number
  /** How long the first event may wait, however busy it is. Default 5,000 ms. */
  readonly maxWaitMs?: number
  /** When everything in `scope` is refreshed. Default: when the topic was attached at first, after a gap, and after five minutes away. */
  readonly refreshOn?: RefreshOn
  /** What is refreshed when nobody can say what changed. Default: all that the cache has. */
  readonly scope?: (key: Key) => boolean
}

/** What is stale once it is quiet. */
export interface Stale<Key> {
  readonly keys: readonly Key[]
  /** Everything in the scope is. */
  readonly all: boolean
}

/** What a cache's hook gives: how its keys are told apart, and what is done with those that are stale. */
export interface CacheOf<Key, Keys> {
  list(keys: Keys): readonly Key[]
  nameOf(key: Key): string
  invalidate(stale: Stale<Key>): unknown
}

/** A key that is stale, as core's `coalesce` takes it: its type is the key's name, so that each key is kept once. */
interface Mark<Key> {
  readonly type: string
  readonly key: Key
}

/** Tells a query cache what became stale: gathered by its keys, and not by entities, so that two types of event about one entity both count. */
export function useInvalidation<const T extends TopicLike, Key, Keys>(
  topic: MaybeTopic<T>,
  rules: Rules<T, Keys>,
  options: InvalidationOptions<Key>,
  cache: CacheOf<Key, Keys>,
): void {
  useGathered<T, TypeOf<T>, Mark<Key>>(topic, options, {
    event(event, mark) {
      runEach(rulesFor<T, Keys>(rules, event), (rule) => {
        const keys = typeof rule === 'function' ? (rule as (event: EventOf<T>) => Keys | undefined)(event) : rule
        for (const key of keys === undefined ? [] : cache.list(keys)) mark({ type: `key ${cache.nameOf(key)}`, key })
      })
    },
    flush: (changes, missed) =>
      cache.invalidate({ keys: changes.map(({ event: { key } }) => key), all: missed !== undefined }),
  })
}

function rulesFor<T extends TopicLike, Keys>(rules: Rules<T, Keys>, { type }: EventOf<T>): Rule<EventOf<T>, Keys>[] {
  // That a rule is given only what its pattern matches is checked here, where no type can.
  const all = Object.entries(rules) as [string, Rule<EventOf<T>, Keys>][]
  return all.flatMap(([pattern, rule]) => (isMatch(pattern, type) ? [rule] : []))
}

function isMatch(pattern: string, type: string): boolean {
  return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern
}
