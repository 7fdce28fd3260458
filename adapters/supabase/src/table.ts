import { SteadywireError } from '@steadywire/core'

/** Which columns of a table an event is in. */
export interface EventColumns<Column extends string = string> {
  /** Default `id`. A table whose id is no text has the column `event_id` beside it. */
  readonly id?: Column
  /** Default `type`. */
  readonly type?: Column
  /** Default `data`. */
  readonly data?: Column
  /** Default `created_at`. */
  readonly time?: Column
  readonly key?: Column
  readonly entityType?: Column
  readonly entityId?: Column
  readonly actor?: Column
}

/** A table that is a log, as `steadywire.adopt` made it one. */
export interface EventTable {
  readonly schema: string
  readonly table: string
  /** A topic is the prefix, then the value of the column. */
  readonly prefix: string
  readonly topicColumn: string
  readonly columns: EventColumns
}

type Text<Row> = keyof Row & string

/**
 * Says how a table of the app's is a log; with the type of its rows, columns that it does not have are no options.
 *
 * @example
 * type Row = Database['public']['Tables']['session_events']['Row']
 * const sessionEvents = eventTable<Row>()({
 *   table: 'session_events',
 *   topic: 'session:{session_id}',
 *   columns: { type: 'event_type', data: 'payload' },
 * })
 *
 * @throws SteadywireError `invalid_option`
 */
export function eventTable<Row extends object = Record<string, unknown>>() {
  return <const Topic extends `${string}{${Text<Row>}}`>(table: {
    readonly table: string
    /** Default `public`. */
    readonly schema?: string
    /** How topics are named: a prefix, and last of all the column in braces. */
    readonly topic: Topic
    readonly columns?: EventColumns<Text<Row>>
  }): EventTable => {
    const [, prefix, topicColumn] = /^([^{}]*)\{([^{}]+)\}$/.exec(table.topic) ?? []
    if (prefix === undefined || topicColumn === undefined)
      throw new SteadywireError(
        'invalid_option',
        `topic of the table ${table.table} is ${JSON.stringify(table.topic)}`,
        {
          hint: 'Write a prefix, and last of all the column in braces: session:{session_id}.',
        },
      )
    return { schema: table.schema ?? 'public', table: table.table, prefix, topicColumn, columns: table.columns ?? {} }
  }
}

/** The log of every topic that no other table keeps. */
export const events: EventTable = eventTable()({
  schema: 'steadywire',
  table: 'events',
  topic: '{topic}',
  columns: { key: 'key', entityType: 'entity_type', entityId: 'entity_id', actor: 'actor' },
})

/** The table that a topic is in: as in the database, the longest prefix that fits. */
export function tableOf(tables: readonly EventTable[], topic: string): EventTable {
  return [...tables, events]
    .filter(({ prefix }) => topic.startsWith(prefix))
    .reduce((one, other) => (other.prefix.length > one.prefix.length ? other : one), events)
}
