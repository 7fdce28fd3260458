import type { StandardSchemaV1 } from '@standard-schema/spec'
import { SteadywireError } from './errors.ts'
import type { WireEvent } from './event.ts'
import type { EventOf, EventSchemas, Topic, TopicLike } from './topic.ts'

/** An event that the app gets, or a reason why not: its type is not asked for, or its data is wrong. */
export type Decoded = EventOf<string> | 'passed' | SteadywireError

/** Checks one event's data against its topic's schema (guarantee E4). A promise only where the validator gives one. */
export type Decode = (event: WireEvent) => Decoded | Promise<Decoded>

export function decoderOf(topic: TopicLike, types: readonly string[] | undefined): Decode {
  if (typeof topic === 'string') return types ? only(types, asItIs) : asItIs
  const decode = decoders.get(topic.schemas) ?? createDecoder(topic)
  decoders.set(topic.schemas, decode)
  return types ? only(types, decode) : decode
}

/** One decoder for all topics of a family: they share their schemas. */
const decoders = new WeakMap<EventSchemas, Decode>()

function createDecoder({ schemas, oversize }: Topic): Decode {
  const known = new Map(Object.entries(schemas).map(([type, schema]) => [type, schema['~standard']]))
  return (event) => {
    const standard = known.get(event.type)
    if (!standard) return 'passed'
    if (oversize === 'mark' && event.truncated) return placed(event, event.data)
    const result = standard.validate(event.data)
    return result instanceof Promise ? result.then((value) => judged(event, value)) : judged(event, result)
  }
}

function only(types: readonly string[], decode: Decode): Decode {
  const asked = new Set(types)
  return (event) => (asked.has(event.type) ? decode(event) : 'passed')
}

function asItIs(event: WireEvent): Decoded {
  return placed(event, event.data)
}

function judged(event: WireEvent, result: StandardSchemaV1.Result<unknown>): Decoded {
  return result.issues ? invalidData(event.topic, event.type, result.issues) : placed(event, result.value)
}

/** The error for data that its schema refuses; it names the path of the first wrong field. */
export function invalidData(topic: string, type: string, issues: readonly StandardSchemaV1.Issue[]): SteadywireError {
  const [issue] = issues
  const path = ['data', ...(issue?.path ?? []).map((key) => String(typeof key === 'object' ? key.key : key))].join('.')
  return new SteadywireError('invalid_data', `${path} of ${type} on ${topic}: ${issue?.message ?? 'refused'}`, {
    topic,
  })
}

function placed(event: WireEvent, data: unknown): EventOf<string> {
  const { id, topic, seq, epoch, type, time, key, entity, actor, final, truncated } = event
  const plain = { id, topic, seq, epoch, type, time }
  if (key === undefined && entity === undefined && actor === undefined && !final && !truncated)
    return { ...plain, data }
  const full = {
    ...plain,
    ...(key !== undefined && { key }),
    ...(entity !== undefined && { entity }),
    ...(actor !== undefined && { actor }),
    ...(final && { final }),
  }
  return truncated ? { ...full, truncated } : { ...full, data }
}
