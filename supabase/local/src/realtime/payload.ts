import type { Column, Table } from './table.ts'
import { type Json, objectOf } from './values.ts'
import type { Change } from './wal.ts'

export interface Rules {
  readonly maxBytes: number
  /** Changes that are cut whatever their size. */
  readonly isCut: (change: Change) => boolean
}

const cutBytes = 64

/** Why readers of this role are told of no row of the table. */
export function refusalOf({ columns }: Table, role: string): string | undefined {
  const keys = columns.filter(({ isKey }) => isKey)
  if (keys.length === 0) return 'Error 400: Bad Request, no primary key'
  return keys.every(({ readers }) => readers.has(role)) ? undefined : 'Error 401: Unauthorized'
}

/** A change that only says why it tells nothing. */
export function refused({ type, schema, table }: Change, error: string): string {
  const rows = type === 'UPDATE' ? { old_record: {}, record: {} } : { record: {} }
  return JSON.stringify({ columns: [], commit_timestamp: null, errors: [error], ...rows, schema, table, type })
}

/** What a change tells, as JSON text: only some columns, and only short values where all would be too much. */
export function payloadOf(
  table: Table,
  change: Change,
  columns: readonly Column[],
  row: Json | undefined,
  old: Json | undefined,
  { maxBytes, isCut }: Rules,
): string {
  const cut = isCut(change) || sizeOf(row) + sizeOf(old) > maxBytes
  const told = (values: ReadonlyMap<string, string>) => (cut ? withoutLong(values) : values)
  // A large value that did not change is not told again: it is the old one's, where that is told.
  const unchanged = cut ? [] : (old?.values ?? [])
  const parts = [
    ['columns', JSON.stringify(columns.map(({ name, type }) => ({ name, type })))],
    ['commit_timestamp', JSON.stringify(new Date(change.committedAtMs).toISOString())],
    ['errors', cut ? '["Error 413: Payload Too Large"]' : 'null'],
  ]
  // Nobody can check a right to a row that is gone: under row security its key is all that is told.
  const secured = change.type === 'DELETE' && table.rowSecurity
  if (old)
    parts.push(['old_record', objectOf(told(old.values), secured ? columns.filter(({ isKey }) => isKey) : columns)])
  if (row) parts.push(['record', objectOf(new Map([...unchanged, ...told(row.values)]), columns)])
  parts.push(['schema', JSON.stringify(change.schema)], ['table', JSON.stringify(change.table)])
  parts.push(['type', JSON.stringify(change.type)])
  return `{${parts.map(([name, value]) => `"${name}":${value}`).join(',')}}`
}

const sizeOf = (row: Json | undefined) =>
  [...(row?.values ?? [])].reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0)

const withoutLong = (values: ReadonlyMap<string, string>) =>
  new Map([...values].filter(([, value]) => value !== 'null' && Buffer.byteLength(value) <= cutBytes))
