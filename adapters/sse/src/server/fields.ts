import {
  decodeCursor,
  type ErrorCode,
  type Position,
  type ReadRange,
  type WireError,
  wireError,
} from '@steadywire/core'

/** Reads what a client sent, and says which field is wrong. All throw WireErrors of kind `refused`. */
export type Fields = Readonly<Record<string, unknown>>

export function parseBody(text: string): Fields {
  try {
    const body: unknown = JSON.parse(text)
    if (isFields(body)) return body
  } catch {}
  throw wrong('body', 'a JSON object')
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function textOf(value: unknown, field: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw wrong(field, 'a text')
}

export function listOf(value: unknown, field: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw wrong(field, 'a list')
}

export function textsOf(value: unknown, field: string): readonly string[] {
  return listOf(value, field).map((each, index) => textOf(each, `${field}[${index}]`))
}

export function cursorOf(value: unknown, field: string): Position | undefined {
  if (value === undefined || value === null) return undefined
  try {
    return decodeCursor(textOf(value, field))
  } catch {
    throw wrong(field, 'a cursor as it was given out', 'invalid_cursor')
  }
}

export interface AskedTopic {
  readonly topic: string
  readonly after: Position | undefined
  readonly number: number | undefined
}

/** `[topic, cursor or null, number]`, each. */
export function askedTopics(value: unknown, field: string): readonly AskedTopic[] {
  return listOf(value, field).map((each, index) => {
    const at = `${field}[${index}]`
    const [topic, after, number] = listOf(each, at)
    return {
      topic: textOf(topic, `${at}[0]`),
      after: cursorOf(after, `${at}[1]`),
      number: number === undefined ? undefined : wholeOf(number, `${at}[2]`),
    }
  })
}

/** A range from JSON, or from the texts of a query. */
export function rangeOf(asked: Fields): ReadRange {
  const after = cursorOf(asked.after, 'after')
  return {
    ...(after && { after }),
    limit: asked.limit === undefined ? 100 : wholeOf(asked.limit, 'limit'),
    ...(asked.before !== undefined && { before: wholeOf(asked.before, 'before') }),
    ...((asked.last === true || asked.last === '1' || asked.last === 'true') && { last: true }),
  }
}

function wholeOf(value: unknown, field: string): number {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number
  throw wrong(field, 'a whole number')
}

export function wrong(field: string, wanted: string, code: ErrorCode = 'invalid_option'): WireError {
  return wireError('refused', code, `${field} is not ${wanted}`, {
    hint: 'PROTOCOL.md shows each request by an example.',
  })
}
