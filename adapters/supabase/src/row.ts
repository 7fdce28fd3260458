import type { WireItem } from '@steadywire/core'
import type { EventTable } from './table.ts'

type Row = Readonly<Record<string, unknown>>

/**
 * The event of a row that was inserted, or nothing where the wire can't be trusted with it: what it cut, or what supabase-js may have
 * made another value of. Then the log is read.
 */
export function eventOf({ columns, prefix, topicColumn }: EventTable, row: Row): WireItem | undefined {
  const id = text(row.event_id) ?? text(row[columns.id ?? 'id'])
  const type = text(row[columns.type ?? 'type'])
  const time = Date.parse(String(row[columns.time ?? 'created_at']))
  const data = dataOf(row, row[columns.data ?? 'data'])
  const { seq, epoch, prev } = row
  const topic = text(row[topicColumn])
  const truncated = row.truncated === true
  if (id === undefined || type === undefined || topic === undefined || Number.isNaN(time)) return undefined
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || typeof epoch !== 'string' || typeof prev !== 'string')
    return undefined
  if (!truncated && data === undefined) return undefined
  const extras = extrasOf(columns, row)
  if (!extras) return undefined
  return {
    ...{ id, topic: prefix + topic, seq, epoch, type, time, prev },
    ...(truncated ? { truncated } : { data }),
    ...extras,
    ...(row.final === true && { final: true }),
  }
}

/**
 * Data is JSON as text, or comes parsed from a column that is json or jsonb. There supabase-js makes something else of texts that look
 * like JSON, and so a text is not believed.
 */
function dataOf({ data_type: type }: Row, value: unknown): unknown {
  if (typeof type === 'string') return type === 'string' ? undefined : value
  try {
    return typeof value === 'string' ? JSON.parse(value) : undefined
  } catch {
    return undefined
  }
}

/** Nothing, if a number was rounded on its way. An empty text says as little as none, in the database too. */
function extrasOf({ key, entityType, entityId, actor }: EventTable['columns'], row: Row) {
  const [keyText, entityTypeText, entityIdText, actorText] = [key, entityType, entityId, actor].map((column) =>
    column === undefined || row[column] === null ? null : text(row[column]),
  )
  if ([keyText, entityTypeText, entityIdText, actorText].includes(undefined)) return undefined
  return {
    ...(keyText && { key: keyText }),
    ...(entityTypeText && { entity: { type: entityTypeText, ...(entityIdText && { id: entityIdText }) } }),
    ...(actorText && { actor: actorText }),
  }
}

/** A column as the database would write it; nothing for a large number, which was rounded, and for what is missing. */
function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return Number.isSafeInteger(value) ? String(value) : undefined
}
