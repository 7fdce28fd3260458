import { type Database, literal } from '../postgres/database.ts'
import type { Claims } from '../token.ts'
import { conditionOf } from './filter.ts'
import type { Wanted } from './subscription.ts'
import { describeTable, type Table } from './table.ts'

/** Finds the tables that a reader means, and makes sure that its filters can be judged; throws with Realtime's words. */
export async function tablesFor(database: Database, wanted: Wanted, claims: Claims): Promise<ReadonlySet<number>> {
  const rows = await database.query(
    `select format('%I.%I', schemaname, tablename)::regclass::oid::int8 as relation
     from pg_publication_tables where pubname = 'supabase_realtime'
     and ($1 = '*' or schemaname = $1) and ($2 = '*' or tablename = $2)`,
    [wanted.schema, wanted.table],
  )
  const relations = rows.map(({ relation }) => Number(relation))
  if (relations.length === 0)
    throw new Error(
      `Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect parameters: [${told(wanted)}]`,
    )
  for (const relation of relations) {
    const table = await describeTable(database, relation, [claims.role])
    if (table) await checkColumns(database, table, wanted, claims.role).catch((error: unknown) => fail(wanted, error))
  }
  return new Set(relations)
}

async function checkColumns(database: Database, table: Table, wanted: Wanted, role: string): Promise<void> {
  const column = (name: string) => table.columns.find((one) => one.name === name && one.readers.has(role))
  for (const filter of wanted.filters) {
    const found = column(filter.column)
    if (!found) throw new Error(`invalid column for filter ${filter.column}`)
    if (filter.operator === 'in') await checkLength(database, filter.value, found.sqlType)
    await database.query(`select ${conditionOf(filter, `null::${found.sqlType}`, found.sqlType)}`)
  }
  for (const name of wanted.select ?? []) if (!column(name)) throw new Error(`invalid column for select ${name}`)
}

async function checkLength(database: Database, value: string, sqlType: string): Promise<void> {
  const [row] = await database.query(`select cardinality(${literal(value)}::${sqlType}[]) as length`)
  if (Number(row?.length) > 100) throw new Error('too many values for `in` filter. Maximum 100')
}

function fail(wanted: Wanted, error: unknown): never {
  const reason = error instanceof Error ? error.message : String(error)
  throw new Error(
    `Unable to subscribe to changes with given parameters. An exception happened so please check your connect parameters: [${told(wanted)}]. Exception: ${reason}`,
    { cause: error },
  )
}

function told({ event, schema, table, filters, select }: Wanted): string {
  const quoted = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).join(', ')
  const list = filters.map(({ column, operator, value, negated }) => `{${quoted([column, operator, value, negated])}}`)
  return `event: ${event}, schema: ${schema}, table: ${table}, filters: [${list.join(', ')}], select: ${select ? `[${quoted(select)}]` : 'nil'}`
}
