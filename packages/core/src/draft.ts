import type { StandardSchemaV1 } from '@standard-schema/spec'
import { suggestion } from './closest.ts'
import { invalidData } from './decode.ts'
import { isSteadywireError, messageOf, SteadywireError } from './errors.ts'
import type { Draft, Entity } from './event.ts'
import { jsonBytes, toJson } from './json.ts'
import type { Topic, TopicLike } from './topic.ts'

/** What an event may carry besides its type and data. */
export interface EmitOptions {
  /** Names the change, 1 to 256 characters: a second emit with the same key makes no second event (E2). */
  readonly key?: string
  /** What the event is about. */
  readonly entity?: Entity
  /** Who caused it, 1 to 256 characters. */
  readonly actor?: string
  /** Ends the topic: nothing can be appended after this event (D9). */
  readonly final?: boolean
}

/** A draft that was checked, with the bytes of its data. */
export interface SizedDraft {
  readonly draft: Draft
  readonly bytes: number
}

/** The cap of a topic that is given by its name alone. */
export const defaultMaxBytes = 65_536

const validId = /^[\w.:-]{1,128}$/

/**
 * Checks an event before it goes anywhere (E4, E5). What is sent is the data as it was given, not what the schema made
 * of it: the reader parses it again, so defaults and transforms are applied once, at the reader's end. A promise only
 * where the validator gives one.
 *
 * @throws SteadywireError `invalid_type`, `invalid_data`, `invalid_draft`, `too_large`
 */
export function prepareDraft(
  topic: TopicLike,
  name: string,
  type: string,
  given: unknown,
  options: EmitOptions,
  id: string,
): SizedDraft | Promise<SizedDraft> {
  const schema = typeof topic === 'string' ? undefined : schemaOf(topic, type)
  if (typeof type !== 'string' || type.length < 1 || type.length > 128)
    throw invalid('invalid_type', name, 'type', 'Use a text of 1 to 128 characters.')
  const extras = { id, type, ...checkOptions(name, id, options) }
  const data = jsonData(given, type, name)
  const place = (): SizedDraft => cap(topic, name, extras, data)
  if (!schema) return place()
  const result = validate(schema, data, type, name)
  const judge = ({ issues }: StandardSchemaV1.Result<unknown>): SizedDraft => {
    if (issues) throw invalidData(name, type, issues)
    return place()
  }
  return result instanceof Promise ? result.then(judge, (thrown) => threw(thrown, type, name)) : judge(result)
}

function schemaOf({ schemas, name }: Topic, type: string): StandardSchemaV1 {
  const schema = Object.hasOwn(schemas, type) ? schemas[type] : undefined
  if (schema) return schema
  throw new SteadywireError('invalid_type', `${name} has no event type ${JSON.stringify(type)}`, {
    topic: name,
    hint: suggestion(String(type), Object.keys(schemas)),
  })
}

function jsonData(given: unknown, type: string, topic: string): unknown {
  try {
    return toJson(given)
  } catch (cause) {
    const hint = isSteadywireError(cause) ? cause.hint : undefined
    throw new SteadywireError('invalid_data', `${type} on ${topic}: ${messageOf(cause)}`, {
      topic,
      cause,
      ...(hint !== undefined && { hint }),
    })
  }
}

function validate(schema: StandardSchemaV1, data: unknown, type: string, topic: string) {
  try {
    return schema['~standard'].validate(data)
  } catch (thrown) {
    return threw(thrown, type, topic)
  }
}

function threw(cause: unknown, type: string, topic: string): never {
  throw new SteadywireError('invalid_data', `The schema of ${type} on ${topic} threw: ${messageOf(cause)}`, {
    topic,
    cause,
    hint: 'A validator reports issues; it should not throw.',
  })
}

function checkOptions(
  topic: string,
  id: string,
  { key, entity, actor, final }: EmitOptions,
): Omit<Draft, 'id' | 'type'> {
  if (!validId.test(id)) throw invalid('invalid_draft', topic, 'id', 'Use 1 to 128 of A-Z a-z 0-9 _ . : -')
  checkText(topic, 'key', key)
  checkText(topic, 'actor', actor)
  if (entity !== undefined) checkText(topic, 'entity.type', entity?.type ?? '', 128)
  checkText(topic, 'entity.id', entity?.id)
  return {
    ...(key !== undefined && { key }),
    ...(entity && { entity: { type: entity.type, ...(entity.id !== undefined && { id: entity.id }) } }),
    ...(actor !== undefined && { actor }),
    ...(final && { final }),
  }
}

function checkText(topic: string, field: string, value: unknown, max = 256): void {
  if (value === undefined) return
  if (typeof value !== 'string' || value.length < 1 || value.length > max)
    throw invalid('invalid_draft', topic, field, `Give a text of 1 to ${max} characters.`)
}

function invalid(code: 'invalid_draft' | 'invalid_type', topic: string, field: string, hint: string): SteadywireError {
  return new SteadywireError(code, `The ${field} of an event on ${topic} can't be used`, { topic, hint })
}

function cap(topic: TopicLike, name: string, extras: Draft, data: unknown): SizedDraft {
  const { maxBytes, oversize } = typeof topic === 'string' ? { maxBytes: defaultMaxBytes, oversize: 'refuse' } : topic
  const bytes = jsonBytes(data)
  if (bytes <= maxBytes) return { draft: { ...extras, data }, bytes }
  if (oversize === 'mark') return { draft: { ...extras, truncated: true }, bytes: 0 }
  throw new SteadywireError(
    'too_large',
    `${extras.type} on ${name} has ${bytes} bytes of data, ${maxBytes} are allowed`,
    {
      topic: name,
      hint: "Send less (a reference to the data), raise the family's maxBytes, or choose oversize: 'mark'. Split text with emitter.text().",
    },
  )
}
