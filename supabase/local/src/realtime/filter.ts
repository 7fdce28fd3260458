import { literal } from '../postgres/database.ts'

/** One condition on a column; several are joined by `and`. */
export interface Filter {
  readonly column: string
  readonly operator: Operator
  /** For `in` an array as PostgreSQL writes it, else the bare value. */
  readonly value: string
  readonly negated: boolean
}

const symbols = {
  eq: '=',
  neq: '<>',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
  in: '= any',
  like: 'like',
  ilike: 'ilike',
  is: 'is',
  match: '~',
  imatch: '~*',
  isdistinct: 'is distinct from',
}

export type Operator = keyof typeof symbols

const isOperator = (name: string): name is Operator => Object.hasOwn(symbols, name)

/** Reads `column=operator.value`, several joined by commas; throws with Realtime's words. */
export function parseFilters(text: string): Filter[] {
  if (text.trim() === '') return []
  return splitAtCommas(text.trim()).map((part) => parseFilter(part.trim()))
}

function parseFilter(text: string): Filter {
  if (text === '') throw refused('filter must not contain empty segments (check for extra commas)')
  const equals = text.indexOf('=')
  if (equals < 0) throw refused(JSON.stringify([text]))
  const column = text.slice(0, equals)
  const condition = text.slice(equals + 1)
  const negated = condition.startsWith('not.')
  const rest = negated ? condition.slice(4) : condition
  const dot = rest.indexOf('.')
  if (dot < 0) throw refused(JSON.stringify([rest]))
  const operator = rest.slice(0, dot)
  const value = rest.slice(dot + 1)
  if (!isOperator(operator)) throw refused(`["${operator}", "${value}"]`)
  return { column, operator, value: operator === 'in' ? listOf(value) : unquote(value), negated }
}

/** Commas inside parentheses and quotes belong to a value; a quote opens only where a value or an element begins. */
function splitAtCommas(text: string): string[] {
  const parts = ['']
  let depth = 0
  let quoted = false
  let before = ''
  for (let at = 0; at < text.length; at++) {
    let piece = text.charAt(at)
    if (quoted && piece === '\\') piece += text.charAt(++at)
    else if (piece === '"' && (quoted || /[.(,]/.test(before))) quoted = !quoted
    else if (!quoted && piece === '(') depth++
    else if (!quoted && piece === ')') depth = Math.max(0, depth - 1)
    else if (!quoted && piece === ',' && depth === 0) {
      parts.push('')
      before = ''
      continue
    }
    parts[parts.length - 1] += piece
    before = piece
  }
  return parts
}

function listOf(value: string): string {
  if (!/^\(.*\)$/s.test(value)) throw refused('`in` filter value must be wrapped by parentheses')
  return `{${value.slice(1, -1)}}`
}

function unquote(value: string): string {
  return /^"(?:[^"\\]|\\.)*"$/s.test(value) ? value.slice(1, -1).replaceAll(/\\(.)/gs, '$1') : value
}

const refused = (reason: string) => new Error(`Error parsing \`filter\` params: ${reason}`)

/** The condition in SQL, over an expression of the column's type. */
export function conditionOf({ operator, value, negated }: Filter, expression: string, type: string): string {
  const symbol = symbols[operator]
  const condition =
    operator === 'is'
      ? `${expression} is ${keywordOf(value)}`
      : operator === 'in'
        ? `${expression} = any (${literal(value)}::${type}[])`
        : `${expression} ${symbol} ${literal(value)}::${type}`
  return negated ? `not (${condition})` : `(${condition})`
}

const keywords = ['null', 'true', 'false', 'unknown']

function keywordOf(value: string): string {
  if (!keywords.includes(value)) throw new Error('invalid value for is filter: must be null, true, false, or unknown')
  return value
}
