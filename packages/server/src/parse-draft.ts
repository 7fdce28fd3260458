import { type Draft, type Entity, messageOf, type WireError, wireError } from '@steadywire/core'
import { deepFreeze } from './freeze.ts'

/** As many as an emitter sends. Deeper data is read by some and overflows the stack of others, on each server that sends it. */
const maxLevels = 100
const validId = /^[\w.:-]{1,128}$/
const hint = 'A draft is { id, type, data, key?, entity?, actor?, truncated?, final? }; an emitter makes valid ones.'

type Fields = Readonly<Record<string, unknown>>

/** A draft, and its data as JSON text; no text if it was truncated. */
export interface ParsedDraft {
  readonly draft: Draft
  readonly json: string | undefined
}

/**
 * Checks a draft that comes from outside and copies it: its data becomes plain, frozen JSON that nobody else holds.
 * @throws WireError `invalid_draft`, naming the field
 */
export function parseDraft(value: unknown): ParsedDraft {
  if (!isFields(value)) throw invalid('it', 'is not an object')
  const { id, type, key, entity, actor, truncated, final } = value
  if (typeof id !== 'string' || !validId.test(id)) throw invalid('id', 'is not 1 to 128 of A-Z a-z 0-9 _ . : -')
  const draft: { -readonly [K in keyof Draft]: Draft[K] } = { id, type: text('type', type, 128) }
  let json: string | undefined
  if (truncated === undefined) {
    json = toJson(value.data)
    draft.data = frozenCopy(json)
  } else if (truncated !== true) throw invalid('truncated', 'is neither true nor absent')
  else if (value.data !== undefined) throw invalid('data', 'is there although the draft is truncated')
  else draft.truncated = true
  if (key !== undefined) draft.key = text('key', key, 256)
  if (entity !== undefined) draft.entity = parseEntity(entity)
  if (actor !== undefined) draft.actor = text('actor', actor, 256)
  if (final === true) draft.final = true
  else if (final !== undefined) throw invalid('final', 'is neither true nor absent')
  return { draft, json }
}

function parseEntity(value: unknown): Entity {
  if (!isFields(value)) throw invalid('entity', 'is not an object')
  const type = text('entity.type', value.type, 128)
  return Object.freeze(value.id === undefined ? { type } : { type, id: text('entity.id', value.id, 256) })
}

function text(field: string, value: unknown, max: number): string {
  if (typeof value !== 'string' || value.length < 1 || value.length > max)
    throw invalid(field, `is not a text of 1 to ${max} characters`)
  return value
}

function toJson(data: unknown): string {
  let json: string | undefined
  try {
    json = JSON.stringify(data)
  } catch (thrown) {
    throw invalid('data', `can't be written as JSON: ${messageOf(thrown)}`)
  }
  if (json === undefined) throw invalid('data', 'is missing')
  return json
}

function frozenCopy(json: string): unknown {
  try {
    return deepFreeze(JSON.parse(json), maxLevels)
  } catch {
    throw invalid('data', 'is nested too deeply')
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(field: string, what: string): WireError {
  return wireError('refused', 'invalid_draft', `A draft can't be appended: ${field} ${what}`, { hint })
}
