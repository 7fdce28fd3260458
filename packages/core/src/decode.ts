import type { StandardSchemaV1 } from '@standard-schema/spec'
import { SteadywireError } from './errors.ts'
import type { WireEvent } from './event.ts'
import type { EventOf, EventSchemas, TopicLike } from './topic.ts'

/** An event that the app gets, or a reason why not: its type is not asked for, or its data is wrong. */
export type Decoded = EventOf<string> | 'passed' | SteadywireError

/** Checks one event's data against its topic's schema (guarantee E4). A promise only where the validator gives one. */
export type Decode = (event: WireEvent) => Decoded | Promise<Decoded>

export function createDecoder(topic: TopicLike, types: readonly string[] | undefined): Decode {
  const schemas = typeof topic === 'string' ? undefined : topic.schemas
  const marks = typeof topic !== 'string' && topic.oversize === 'mark'
  const asked = types && new Set(types)
  const known = schemas && validatorsOf(schemas)
  return (event) => {
    if (asked && !asked.has(event.type)) return 'passed'
    if (!known || (marks && event.truncated)) return placed(event, event.data)
    const standard = known.get(event.type)
    if (!standard) return 'passed'
    const result = standard.validate(event.data)
    return result instanceof Promise ? result.then((value) => judged(event, value)) : judged(event, result)
  }
}

type Validators = ReadonlyMap<string, StandardSchemaV1['~standard']>

const validators = new WeakMap<EventSchemas, Validators>()

/** A family's validators by type, shared by all its topics. */
function validatorsOf(schemas: EventSchemas): Validators {
  const known = validators.get(schemas) ?? new Map(Object.entries(schemas).map(([type, s]) => [type, s['~standard']]))
  validators.set(schemas, known)
  return known
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
