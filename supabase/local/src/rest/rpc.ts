import type { Database } from '../postgres/database.ts'
import { literal } from '../postgres/database.ts'
import { asReader } from '../realtime/visible.ts'
import { type Claims, isRecord } from '../token.ts'
import { errorOf } from './errors.ts'
import { type Callable, callOf, findFunctions, takesBody } from './function.ts'

const whole = /^application\/vnd\.pgrst\.object\+json/

/** `/rest/v1/rpc/NAME`: calls a function of the database. Undefined: the answer is to be filtered, which is left to others. */
export async function callFunction(
  database: Database,
  request: Request,
  claims: Claims,
): Promise<Response | undefined> {
  const url = new URL(request.url)
  const name = decodeURIComponent(url.pathname.split('/').at(-1) ?? '')
  const reads = request.method !== 'POST'
  const params = Object.fromEntries(url.searchParams)
  if (!reads && Object.keys(params).length > 0) return undefined
  const text = reads ? JSON.stringify(params) : (await request.clone().text()) || '{}'
  const args = parse(text)
  if (args === undefined) return failed(400, 'PGRST102', 'Empty or invalid json')
  const given = isRecord(args) ? Object.keys(args) : []
  const schema = request.headers.get(reads ? 'accept-profile' : 'content-profile') ?? 'public'
  const found = await findFunctions(database, schema, name, given)
  const [callable, another] = found
  if (!callable || (reads && takesBody(callable)))
    return reads ? undefined : failed(404, 'PGRST202', notFound(schema, name, given))
  if (another)
    return failed(300, 'PGRST203', `Could not choose the best candidate function between ${found.length} of that name`)
  try {
    return await call(database, callable, request, claims, callOf(callable, given, text))
  } catch (error) {
    const response = errorOf(error, claims.role === 'anon')
    if (!response) throw error
    return response
  }
}

async function call(database: Database, callable: Callable, request: Request, claims: Claims, sql: string) {
  const reads = request.method !== 'POST' || callable.readOnly
  const results = await database.script(`
    begin ${reads ? 'read only' : ''};
    ${asReader(claims)}, set_config('request.method', ${literal(request.method)}, true),
      set_config('request.headers', ${literal(JSON.stringify(Object.fromEntries(request.headers)))}, true);
    ${sql};
    commit`)
  if (callable.returns === 'nothing') return new Response(null, { status: 204 })
  const { body, count } = results[2]?.[0] ?? {}
  const json = typeof body === 'string' ? body : 'null'
  const one = whole.test(request.headers.get('accept') ?? '') && callable.returns === 'rows'
  if (one && Number(count) !== 1)
    return failed(
      406,
      'PGRST116',
      'Cannot coerce the result to a single JSON object',
      `The result contains ${count} rows`,
    )
  return new Response(one ? json.trim().slice(1, -1) : json, {
    headers: { 'content-type': 'application/json; charset=utf-8' },
  })
}

const notFound = (schema: string, name: string, given: readonly string[]) =>
  `Could not find the function ${schema}.${name}${given.length > 0 ? `(${given.join(', ')})` : ' without parameters'} in the schema cache`

function failed(status: number, code: string, message: string, details: string | null = null): Response {
  return Response.json({ code, message, details, hint: null }, { status })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
