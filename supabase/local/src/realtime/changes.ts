import type { Database } from '../postgres/database.ts'
import type { Claims } from '../token.ts'
import type { Filter } from './filter.ts'
import { payloadOf, type Rules, refusalOf, refused } from './payload.ts'
import type { Wanted } from './subscription.ts'
import { describeTable, type Table } from './table.ts'
import { type Json, jsonOf } from './values.ts'
import { untilVisible, visibleRows } from './visible.ts'
import type { Change, Texts } from './wal.ts'

/** One reader of row changes: what it wants, of which tables, and who it is. */
export interface Reader {
  readonly wanted: Wanted
  readonly tables: ReadonlySet<number>
  readonly claims: Claims
}

/** One change in the form in which some of its readers get it. */
export interface Delivery<R extends Reader> {
  readonly change: Change
  readonly to: readonly R[]
  /** JSON text. */
  readonly payload: string
}

/** Works out who gets which changes, in the order of their commits. */
export async function deliveriesOf<R extends Reader>(
  database: Database,
  changes: readonly Change[],
  readers: readonly R[],
  rules: Rules,
): Promise<Delivery<R>[]> {
  const followed = changes.filter((change) => isWanted(change, readers))
  if (followed.length === 0) return []
  await untilVisible(database, [...new Set(followed.map(({ xid }) => xid))])
  const found = new Map<Change, Delivery<R>[]>()
  for (const [relation, some] of Map.groupBy(followed, (change) => change.relation)) {
    const theirs = readers.filter(({ tables }) => tables.has(relation))
    const roles = [...new Set(theirs.map(({ claims }) => claims.role))]
    const table = await describeTable(database, relation, roles)
    if (!table) continue
    const evaluation = await evaluate(database, table, some, theirs)
    for (const change of some) found.set(change, assemble(table, change, evaluation, theirs, rules))
  }
  return changes.flatMap((change) => found.get(change) ?? [])
}

export const isWanted = (change: Change, readers: readonly Reader[]) => readers.some((reader) => wants(reader, change))

const wants = ({ tables, wanted }: Reader, { relation, type }: Change) =>
  tables.has(relation) && (wanted.event === '*' || wanted.event === type)

interface Evaluation {
  row(change: Change): Json | undefined
  old(change: Change): Json | undefined
  isVisible(change: Change, claims: Claims): boolean
}

async function evaluate(
  database: Database,
  table: Table,
  changes: readonly Change[],
  readers: readonly Reader[],
): Promise<Evaluation> {
  const tuples = [...new Set(changes.flatMap(({ row, old }) => [row, old].filter((tuple) => tuple !== undefined)))]
  const filters: Filter[] = readers.flatMap(({ wanted }) => wanted.filters)
  const told = await jsonOf(database, table, tuples, filters)
  const jsons = new Map<Texts, Json>(tuples.flatMap((tuple, at) => (told[at] ? [[tuple, told[at]]] : [])))
  const rows = changes.flatMap(({ row }) => (row ? [row] : []))
  const visible = new Map<string, ReadonlySet<Texts>>()
  const checked = table.rowSecurity && rows.length > 0 && table.columns.some(({ isKey }) => isKey)
  for (const [who, [reader]] of checked ? Map.groupBy(readers, ({ claims }) => JSON.stringify(claims)) : []) {
    if (!reader) continue
    // A policy that fails, or a role that is not there, shows nothing.
    const places = await visibleRows(database, table, rows, reader.claims).catch(() => new Set<number>())
    visible.set(who, new Set(rows.filter((_, at) => places.has(at))))
  }
  return {
    row: ({ row }) => row && jsons.get(row),
    old: ({ old }) => old && jsons.get(old),
    isVisible: ({ row }, claims) =>
      !table.rowSecurity || row === undefined || visible.get(JSON.stringify(claims))?.has(row) === true,
  }
}

function assemble<R extends Reader>(
  table: Table,
  change: Change,
  evaluation: Evaluation,
  readers: readonly R[],
  rules: Rules,
): Delivery<R>[] {
  const row = evaluation.row(change)
  const old = evaluation.old(change)
  const groups = Map.groupBy(
    readers.filter((reader) => wants(reader, change)),
    ({ claims, wanted }) => JSON.stringify([claims.role, wanted.select]),
  )
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (!first) return []
    const { role } = first.claims
    const { select } = first.wanted
    const refusal = change.type === 'DELETE' ? undefined : refusalOf(table, role)
    if (refusal) return [{ change, to: group, payload: refused(change, refusal) }]
    const to = group.filter(
      ({ claims, wanted }) =>
        (passes(row, wanted.filters) || (change.type === 'DELETE' && passes(old, wanted.filters))) &&
        evaluation.isVisible(change, claims),
    )
    if (to.length === 0) return []
    const columns = table.columns.filter(
      ({ name, isKey, readers: who }) => who.has(role) && (select === undefined || isKey || select.includes(name)),
    )
    return [{ change, to, payload: payloadOf(table, change, columns, row, old, rules) }]
  })
}

const passes = (row: Json | undefined, filters: readonly Filter[]) =>
  filters.every((filter) => row?.passes.has(filter) === true)
