import { type Database, identifier } from '../postgres/database.ts'

export interface Column {
  readonly name: string
  /** Its type's short name, as clients are told: `int8`, `_text`. */
  readonly type: string
  /** Its type in SQL. */
  readonly sqlType: string
  readonly isKey: boolean
  /** Which of the roles that were asked about may read it. */
  readonly readers: ReadonlySet<string>
}

/** A table as it is now. */
export interface Table {
  /** Its name in SQL. */
  readonly name: string
  readonly rowSecurity: boolean
  /** In the table's order. */
  readonly columns: readonly Column[]
}

const catalog = `
  select n.nspname, c.relname, c.relrowsecurity, a.attname, t.typname, format_type(a.atttypid, null),
    coalesce(a.attnum = any (k.conkey), false),
    to_jsonb(array(
      select r.rolname::text from pg_roles r
      where r.rolname = any ($2) and has_column_privilege(r.oid, c.oid, a.attnum, 'select')
    ))::text
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join pg_type t on t.oid = a.atttypid
  left join pg_constraint k on k.conrelid = c.oid and k.contype = 'p'
  where c.oid = $1
  order by a.attnum`

/** Undefined: the table is gone. */
export async function describeTable(
  database: Database,
  relation: number,
  roles: readonly string[],
): Promise<Table | undefined> {
  const rows = await database.texts(catalog, [relation, roles])
  const [first] = rows
  if (!first) return undefined
  const columns = rows.map(([, , , name, type, sqlType, isKey, readers]) => ({
    name: name ?? '',
    type: type ?? '',
    sqlType: sqlType ?? '',
    isKey: isKey === 't',
    readers: new Set(namesIn(readers ?? '[]')),
  }))
  return { name: `${identifier(first[0] ?? '')}.${identifier(first[1] ?? '')}`, rowSecurity: first[2] === 't', columns }
}

function namesIn(text: string): string[] {
  const names: unknown = JSON.parse(text)
  return Array.isArray(names) ? names.map(String) : []
}
