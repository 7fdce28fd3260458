import { isRecord } from '../token.ts'
import { type Filter, parseFilters } from './filter.ts'

export type ChangeType = 'INSERT' | 'UPDATE' | 'DELETE'

/** What a client wants to hear of row changes, once understood. `*` stands for all. */
export interface Wanted {
  readonly event: ChangeType | '*'
  readonly schema: string
  readonly table: string
  readonly filters: readonly Filter[]
  /** Undefined: all columns. */
  readonly select: readonly string[] | undefined
}

/** Reads one entry of a join's `postgres_changes`; throws with Realtime's words. */
export function parseWanted(params: Readonly<Record<string, unknown>>): Wanted {
  const event = eventOf(params.event)
  const select = selectOf(params.select)
  const schema = params.schema
  const table = params.table
  const filter = params.filter
  const wanted = (of: string, what: string, filters: readonly Filter[] = []): Wanted => {
    if (select && (of === '*' || what === '*'))
      throw new Error(
        'Column selection is not supported for wildcard subscriptions. Provide an explicit schema and table name.',
      )
    return { event, schema: of, table: what, filters, select }
  }
  if (typeof schema === 'string' && typeof table === 'string' && typeof filter === 'string')
    return wanted(schema, table, parseFilters(filter))
  if (filter === undefined && typeof schema === 'string' && typeof table === 'string') return wanted(schema, table)
  if (filter === undefined && typeof schema === 'string' && table === undefined) return wanted(schema, '*')
  if (filter === undefined && typeof table === 'string' && schema === undefined) return wanted('public', table)
  throw new Error(
    `No subscription params provided. Please provide at least a \`schema\` or \`table\` to subscribe to: ${JSON.stringify(params)}`,
  )
}

function eventOf(event: unknown): Wanted['event'] {
  const name = typeof event === 'string' ? event.toUpperCase() : '*'
  return name === 'INSERT' || name === 'UPDATE' || name === 'DELETE' ? name : '*'
}

function selectOf(select: unknown): readonly string[] | undefined {
  if (typeof select === 'string')
    throw new Error(
      'Error parsing `select` params: expected a list of column name strings, e.g. select: ["col1", "col2"]',
    )
  if (!Array.isArray(select)) return undefined
  const names = select.filter((name) => typeof name === 'string')
  return names.length > 0 ? names : undefined
}

/** What a join asks for. */
export interface Join {
  readonly accessToken: string | undefined
  readonly isPrivate: boolean
  readonly ack: boolean
  readonly self: boolean
  /** Wants to be told that broadcasts of the database come. */
  readonly replicationReady: boolean
  /** The entries as they came: the reply repeats them. */
  readonly changes: readonly Readonly<Record<string, unknown>>[]
}

export function parseJoin(payload: Readonly<Record<string, unknown>>): Join {
  const config = isRecord(payload.config) ? payload.config : {}
  const broadcast = isRecord(config.broadcast) ? config.broadcast : {}
  const changes = Array.isArray(config.postgres_changes) ? config.postgres_changes : []
  const token = payload.user_token ?? payload.access_token
  return {
    accessToken: typeof token === 'string' ? token : undefined,
    isPrivate: isTrue(config.private),
    ack: isTrue(broadcast.ack),
    self: isTrue(broadcast.self),
    replicationReady: isTrue(broadcast.replication_ready),
    changes: changes.filter(isRecord),
  }
}

const isTrue = (value: unknown) => value === true || (typeof value === 'string' && value.toLowerCase() === 'true')
