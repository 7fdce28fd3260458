import { type Database, identifier, literal } from '../postgres/database.ts'
import type { Claims } from '../token.ts'
import type { Table } from './table.ts'
import type { Texts } from './wal.ts'

const most = 1_000

/** A commit can be told before others see it: its transaction still holds its lock then. */
export async function untilVisible(database: Database, xids: readonly number[]): Promise<void> {
  for (let tries = 0; tries < most; tries++) {
    const open = await database.query(
      `select from pg_locks where locktype = 'transactionid' and granted and transactionid::text = any ($1)`,
      [xids.map(String)],
    )
    if (open.length === 0) return
  }
}

/**
 * Which rows, told by their place, someone with these claims may see: they are read again by their key, under row security. Each by
 * itself: a join may read the whole table, and ask its policies about every row.
 */
export async function visibleRows(
  database: Database,
  table: Table,
  rows: readonly Texts[],
  claims: Claims,
): Promise<ReadonlySet<number>> {
  const keys = table.columns.filter(({ isKey }) => isKey)
  // Of the keys' own types: a cast inside the comparison might tell of hidden rows by its error, so that row security would be asked first, for
  // every row of a topic, instead of for the one that the index finds.
  const arrays = keys.map(({ name, sqlType }) => `${arrayOf(rows.map((row) => row[name] ?? null))}::${sqlType}[]`)
  const same = keys.map(({ name }, index) => `t.${identifier(name)} = k.c${index}`)
  const results = await database.script(`
    begin read only;
    ${asReader(claims)};
    select k.n from unnest(${arrays.join(', ')}) with ordinality as k (${keys.map((_, index) => `c${index}`).join(', ')}, n)
    where (select true from ${table.name} t where ${same.join(' and ')} limit 1);
    commit`)
  return new Set(results[2]?.map(({ n }) => Number(n) - 1))
}

/** The rest of the transaction runs as the one who has these claims. */
export const asReader = (claims: Claims) =>
  `select set_config('request.jwt.claims', ${literal(JSON.stringify(claims))}, true), set_config('role', ${literal(claims.role)}, true)`

const arrayOf = (values: readonly (string | null)[]) =>
  `array[${values.map((value) => (value === null ? 'null' : literal(value))).join(', ')}]::text[]`
