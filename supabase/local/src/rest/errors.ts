import { isRecord } from '../token.ts'

/** How PostgREST tells an error of the database; undefined: it is none. */
export function errorOf(error: unknown, isAnon = false): Response | undefined {
  if (!isRecord(error) || typeof error.code !== 'string' || !/^[0-9A-Z]{5}$/.test(error.code)) return undefined
  const { code } = error
  const text = (value: unknown) => (typeof value === 'string' ? value : null)
  return Response.json(
    { code, message: text(error.message), details: text(error.detail), hint: text(error.hint) },
    { status: statusOf(code, isAnon) },
  )
}

const statuses: readonly (readonly [code: RegExp, status: number])[] = [
  [/^(23503|23505)$/, 409],
  [/^25006$/, 405],
  [/^(42883|42P01)$/, 404],
  [/^(P0001)$/, 400],
  [/^(08|53)/, 503],
  [/^(28|0L|0P)/, 403],
  [/^(09|25|2D|38|39|3B|40|42P17|54|55|57|58|F0|HV|P0|XX)/, 500],
]

function statusOf(code: string, isAnon: boolean): number {
  if (code === '42501') return isAnon ? 401 : 403
  const own = /^PT([1-5]\d\d)$/.exec(code)?.[1]
  return own === undefined ? (statuses.find(([pattern]) => pattern.test(code))?.[1] ?? 400) : Number(own)
}
