import { type Database, identifier, literal } from '../postgres/database.ts'

interface Argument {
  readonly name: string
  readonly type: string
  readonly required: boolean
}

/** A function of the database, as REST may call it. */
export interface Callable {
  /** Its name in SQL. */
  readonly name: string
  readonly args: readonly Argument[]
  readonly returns: 'nothing' | 'rows' | 'row' | 'values' | 'value'
  readonly readOnly: boolean
}

const catalog = `
  select n.nspname as schema, p.proname as name, p.provolatile <> 'v' as read_only, p.proretset as set,
    p.prorettype = 'void'::regtype as nothing,
    p.prorettype = 'record'::regtype or exists (select from pg_type t where t.oid = p.prorettype and t.typtype = 'c') as composite,
    to_jsonb(array(
      select jsonb_build_object(
        'name', coalesce(name, ''), 'type', format_type(type, null), 'required', number <= p.pronargs - p.pronargdefaults)
      from (
        select type, name, row_number() over (order by place) as number
        from unnest(
          coalesce(p.proallargtypes, string_to_array(p.proargtypes::text, ' ')::oid[]), p.proargnames, p.proargmodes
        ) with ordinality as a (type, name, mode, place)
        where type is not null and coalesce(mode, 'i') in ('i', 'b', 'v')
      ) as inputs
      order by number
    )) as args
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname = $1 and p.proname = $2 and p.prokind = 'f'`

/** The functions of this name that take these arguments; one that takes a whole body has one argument without a name. */
export async function findFunctions(
  database: Database,
  schema: string,
  name: string,
  given: readonly string[],
): Promise<Callable[]> {
  const all = (await database.query(catalog, [schema, name])).map(callableOf)
  const named = all.filter(
    ({ args }) =>
      given.every((key) => args.some((arg) => arg.name === key)) &&
      args.every((arg) => !arg.required || given.includes(arg.name)),
  )
  return named.length > 0 ? named : all.filter(takesBody)
}

export const takesBody = ({ args: [first, ...rest] }: Callable) =>
  first?.name === '' && rest.length === 0 && /^jsonb?$/.test(first.type)

function callableOf(row: Readonly<Record<string, unknown>>): Callable {
  const args: unknown[] = Array.isArray(row.args) ? row.args : []
  return {
    name: `${identifier(String(row.schema))}.${identifier(String(row.name))}`,
    args: args.flatMap(argumentOf),
    returns: row.nothing ? 'nothing' : row.composite ? (row.set ? 'rows' : 'row') : row.set ? 'values' : 'value',
    readOnly: row.read_only === true,
  }
}

function argumentOf(value: unknown): Argument[] {
  if (typeof value !== 'object' || value === null) return []
  const { name, type, required } = { name: '', type: '', required: false, ...value }
  return [{ name, type, required }]
}

/** Calls it: one row of `body`, JSON text, and of `count`. PostgreSQL reads the arguments and writes the answer. */
export function callOf(callable: Callable, given: readonly string[], json: string): string {
  const { name, args, returns } = callable
  const used = args.filter((arg) => given.includes(arg.name))
  const columns = used.map((arg) => `${identifier(arg.name)} ${arg.type}`).join(', ')
  const source = takesBody(callable)
    ? `${name}(${literal(json)})`
    : used.length === 0
      ? `${name}()`
      : `json_to_record(${literal(json)}) as _args (${columns}), lateral ${name}(${used
          .map((arg) => `${identifier(arg.name)} := _args.${identifier(arg.name)}`)
          .join(', ')})`
  if (returns === 'nothing') return `select 1 from ${source} as _result`
  const many = returns === 'rows' || returns === 'values'
  const body = many ? `coalesce(json_agg(_result), '[]')::text` : `(array_agg(to_json(_result)))[1]::text`
  return `select ${body} as body, count(*) as count from ${source} as _result`
}
