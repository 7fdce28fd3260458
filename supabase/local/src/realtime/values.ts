import { type Database, identifier } from '../postgres/database.ts'
import { conditionOf, type Filter } from './filter.ts'
import type { Column, Table } from './table.ts'
import type { Texts } from './wal.ts'

/** One row of a change, in JSON. A column that is not in it was not told. */
export interface Json {
  readonly values: ReadonlyMap<string, string>
  /** Which of the filters that were asked it passes. */
  readonly passes: ReadonlySet<Filter>
}

/** Lets PostgreSQL write rows as JSON, and judge filters: all rows of one table in one go. */
export async function jsonOf(
  database: Database,
  table: Table,
  rows: readonly Texts[],
  filters: readonly Filter[],
): Promise<Json[]> {
  const parameters = table.columns.map(({ name, sqlType }) => rows.map((row) => told(row[name], sqlType)))
  const names = table.columns.map((_, index) => `c${index}`)
  const conditions = new Map<Filter, string>()
  for (const [index, { name, sqlType }] of table.columns.entries())
    for (const filter of filters)
      if (filter.column === name) conditions.set(filter, conditionOf(filter, `c${index}::${sqlType}`, sqlType))
  const asked = [...new Set(conditions.values())]
  const values = table.columns.map(({ sqlType }, index) => `to_jsonb(c${index}::${jsonType(sqlType)})::text`)
  const answers = await database.texts(
    `select ${[...values, ...asked].join(', ')}
     from unnest(${parameters.map((_, index) => `$${index + 1}::text[]`).join(', ')})
     with ordinality as rows (${[...names, 'n'].map(identifier).join(', ')}) order by n`,
    parameters,
  )
  return answers.map((answer, at) => {
    const row = rows[at] ?? {}
    const isTold = (name: string) => row[name] !== undefined
    const passed = [...conditions].filter(
      ([{ column }, condition]) => isTold(column) && answer[values.length + asked.indexOf(condition)] === 't',
    )
    const entries = table.columns.flatMap(({ name }, index): [string, string][] =>
      isTold(name) ? [[name, answer[index] ?? 'null']] : [],
    )
    return { values: new Map(entries), passes: new Set(passed.map(([filter]) => filter)) }
  })
}

const numeric = /^(smallint|integer|bigint|real|double precision|numeric)$/

/** JSON has no such numbers; bytes come as bare hexadecimal. */
function told(text: string | null | undefined, sqlType: string): string | null {
  if (text === undefined || text === null) return null
  if (numeric.test(sqlType) && /^-?(nan|infinity)$/i.test(text)) return null
  return sqlType === 'bytea' ? text.replace(/^\\x/, '') : text
}

const jsonType = (sqlType: string) => (sqlType === 'bytea' ? 'text' : sqlType)

/** An object of some columns, its keys in the order of `jsonb`: short ones first. */
export function objectOf(values: ReadonlyMap<string, string>, columns: readonly Column[]): string {
  const entries = columns
    .flatMap(({ name }) => {
      const value = values.get(name)
      return value === undefined ? [] : [{ name, value, size: Buffer.byteLength(name) }]
    })
    .sort((a, b) => a.size - b.size || Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
  return `{${entries.map(({ name, value }) => `${JSON.stringify(name)}:${value}`).join(',')}}`
}
