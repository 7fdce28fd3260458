import type { StandardSchemaV1 } from '@standard-schema/spec'
import { SteadywireError } from './errors.ts'
import type { Entity } from './event.ts'

/** The schemas of a family: event type → any Standard Schema validator. */
export type EventSchemas = Readonly<Record<string, StandardSchemaV1>>

/** What happens to data over the cap: `refuse` it, or send the event without its data, marked `truncated`. */
export type Oversize = 'refuse' | 'mark'

/** What a log may forget, always from the oldest end. */
export interface Retention {
  readonly maxEvents?: number
  readonly maxAgeMs?: number
}

export interface TopicOptions<O extends Oversize = Oversize> {
  /** The cap of one event's data: bytes of its JSON in UTF-8. Default 65,536 (guarantee E5). */
  readonly maxBytes?: number
  /** Default `refuse`. */
  readonly oversize?: O
  /** What logs that know the family keep. Default: what the log keeps by itself. */
  readonly retention?: Retention
}

/** `'job:{jobId}'` → `{ jobId: string | number }`. */
export type TopicParams<Pattern extends string> = Pattern extends `${string}{${infer Name}}${infer Rest}`
  ? { readonly [K in Name | keyof TopicParams<Rest>]: string | number }
  : unknown

/**
 * A family of topics: how its topics are named, what its events carry, what they may weigh. Called with the parameters
 * of its pattern it gives one {@link Topic}.
 */
export interface TopicFamily<
  Pattern extends string = string,
  Schemas extends EventSchemas = EventSchemas,
  O extends Oversize = Oversize,
> {
  (params: TopicParams<Pattern>): Topic<Schemas, O>
  readonly pattern: Pattern
  readonly schemas: Schemas
  readonly maxBytes: number
  readonly oversize: O
  readonly retention: Retention | undefined
  /** The parameters in a topic's name, or undefined if it belongs to another family. */
  match(topic: string): Readonly<Record<string, string>> | undefined
}

/** What a family knows, without its call signature: enough to validate, to cap and to match. */
export type TopicRules = Pick<TopicFamily, 'pattern' | 'schemas' | 'maxBytes' | 'oversize' | 'retention' | 'match'>

/** One topic, with the types of its events. */
export interface Topic<Schemas extends EventSchemas = EventSchemas, O extends Oversize = Oversize> {
  /** As logs and wires know it, such as `session:42`. */
  readonly name: string
  readonly schemas: Schemas
  readonly maxBytes: number
  readonly oversize: O
}

/** Where a topic is asked for, a plain name will do too: its events come as `unknown` data. */
export type TopicLike = Topic | string

/** The event types of a topic. */
export type TypeOf<T extends TopicLike> = T extends Topic<infer S> ? keyof S & string : string

/** What `emit` takes for a type. */
export type InputOf<T extends TopicLike, Type extends string> =
  T extends Topic<infer S> ? (Type extends keyof S ? StandardSchemaV1.InferInput<S[Type]> : never) : unknown

/** What a handler gets for a type. */
export type DataOf<T extends TopicLike, Type extends string> =
  T extends Topic<infer S> ? (Type extends keyof S ? StandardSchemaV1.InferOutput<S[Type]> : never) : unknown

interface Placed<Type extends string> {
  readonly id: string
  readonly topic: string
  readonly seq: number
  readonly epoch: string
  readonly type: Type
  /** Milliseconds since 1970, by the log's clock. */
  readonly time: number
  readonly key?: string
  readonly entity?: Entity
  readonly actor?: string
  readonly final?: true
}

type Whole<Type extends string, Data> = Placed<Type> & { readonly data: Data; readonly truncated?: never }
type Truncated<Type extends string> = Placed<Type> & { readonly truncated: true; readonly data?: never }

type EventFor<T extends TopicLike, Type extends string> =
  | Whole<Type, DataOf<T, Type>>
  | (T extends Topic<EventSchemas, 'refuse'> ? never : Truncated<Type>)

/** The events of a topic: a union discriminated by `type`; of a family with `oversize: 'mark'` also by `truncated`. */
export type EventOf<T extends TopicLike, Type extends TypeOf<T> = TypeOf<T>> = Type extends string
  ? EventFor<T, Type>
  : never

const placeholder = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g
const validName = /^[\x21-\x7e]{1,256}$/
const validParam = /^[^\s:{}]+$/

/**
 * Defines a family of topics.
 *
 * @example
 * const job = defineTopic('job:{jobId}', { progress: z.object({ percent: z.number() }) })
 * job({ jobId: 'abc' }).name // 'job:abc'
 *
 * @param pattern The topics' names, with parameters in braces.
 * @param schemas Event type → Standard Schema validator (zod, valibot, arktype …).
 * @throws SteadywireError `invalid_topic` for a pattern that can't be matched again, `invalid_option` for a bad cap;
 * calling the family throws `invalid_topic` for a parameter that is missing, empty, or has a colon or a blank in it.
 */
export function defineTopic<
  const Pattern extends string,
  const Schemas extends EventSchemas,
  const O extends Oversize = 'refuse',
>(pattern: Pattern, schemas: Schemas, options: TopicOptions<O> = {}): TopicFamily<Pattern, Schemas, O> {
  const names = [...pattern.matchAll(placeholder)].map((match) => match[1] as string)
  const fixed = pattern.split(placeholder).filter((_, index) => index % 2 === 0)
  checkPattern(pattern, names, fixed)
  const maxBytes = options.maxBytes ?? 65_536
  if (!Number.isInteger(maxBytes) || maxBytes < 1)
    throw new SteadywireError('invalid_option', `maxBytes of ${pattern} is ${maxBytes}`, {
      hint: 'Give a whole number of bytes, 1 or more.',
    })
  const oversize = options.oversize ?? ('refuse' as O)
  const matcher = new RegExp(`^${fixed.map(escapeRegExp).join('([^\\s:{}]+)')}$`)
  const rules = {
    pattern,
    schemas,
    maxBytes,
    oversize,
    retention: options.retention,
    match(topic: string) {
      const found = matcher.exec(topic)
      return found ? Object.fromEntries(names.map((name, index) => [name, found[index + 1] as string])) : undefined
    },
  }
  const topic = (params: TopicParams<Pattern>): Topic<Schemas, O> => ({
    name: fill(pattern, params as Readonly<Record<string, unknown>>),
    schemas,
    maxBytes,
    oversize,
  })
  return Object.assign(topic, rules)
}

/** The name of a topic, checked: 1 to 256 printable ASCII characters without blanks. */
export function topicName(topic: TopicLike): string {
  const name = typeof topic === 'string' ? topic : topic.name
  if (!validName.test(name))
    throw new SteadywireError('invalid_topic', `${JSON.stringify(name)} can't be a topic's name`, {
      hint: 'Use 1 to 256 printable ASCII characters without blanks, such as session:42.',
    })
  return name
}

function checkPattern(pattern: string, names: readonly string[], fixed: readonly string[]): void {
  const wrong =
    new Set(names).size < names.length
      ? 'names a parameter twice'
      : fixed.slice(1, -1).includes('')
        ? 'has two parameters with nothing between them'
        : !validName.test(pattern) || /[{}]/.test(fixed.join(''))
          ? 'is empty, too long, or has blanks or stray braces'
          : undefined
  if (wrong)
    throw new SteadywireError('invalid_topic', `The pattern ${JSON.stringify(pattern)} ${wrong}`, {
      hint: 'Write it like session:{sessionId}.',
    })
}

function fill(pattern: string, params: Readonly<Record<string, unknown>>): string {
  const name = pattern.replaceAll(placeholder, (_, key: string) => {
    const value = params?.[key]
    const text = typeof value === 'number' ? String(value) : value
    if (typeof text !== 'string' || !validParam.test(text))
      throw new SteadywireError('invalid_topic', `${key} in ${pattern} is ${JSON.stringify(value) ?? 'missing'}`, {
        hint: `Give ${key} as a text without colons, braces and blanks; encode it (encodeURIComponent) if it has them.`,
      })
    return text
  })
  return topicName(name)
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
