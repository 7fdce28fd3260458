import { SteadywireError } from './errors.ts'

const maxDepth = 100

/**
 * A copy of `value` as JSON will carry it: later changes to the original do not reach it. Members that are undefined
 * are left out, as `JSON.stringify` does; everything else that JSON would lose or change is refused.
 *
 * @throws SteadywireError `invalid_data`, naming the path.
 */
export function toJson(value: unknown, path = 'data', depth = 0): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value + 0 : refuse(path, String(value))
    case 'object':
      if (value === null) return null
      if (depth === maxDepth) return refuse(path, 'nested too deeply, or within itself')
      if (Array.isArray(value)) return Array.from(value, (item, index) => toJson(item, `${path}.${index}`, depth + 1))
      return copy(value, path, depth)
    default:
      return refuse(path, value === undefined ? 'undefined' : `a ${typeof value}`)
  }
}

function copy(value: object, path: string, depth: number): unknown {
  const kind = Object.prototype.toString.call(value).slice(8, -1)
  if (kind !== 'Object' || 'toJSON' in value)
    return refuse(path, `an object of type ${value.constructor?.name ?? kind}`)
  const members: [string, unknown][] = []
  for (const [key, member] of Object.entries(value))
    if (member !== undefined) members.push([key, toJson(member, `${path}.${key}`, depth + 1)])
  return Object.fromEntries(members)
}

function refuse(path: string, what: string): never {
  throw new SteadywireError('invalid_data', `${path} is ${what}, which JSON can't carry`, {
    hint: 'Emit plain JSON: texts, finite numbers, booleans, null, arrays and objects. Send a date as text.',
  })
}

/** How many bytes `text` takes in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    // A surrogate pair is two units and four bytes.
    if (code > 0x7f) bytes += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1
  }
  return bytes
}

/** The weight of a JSON value: bytes of its text in UTF-8. */
export function jsonBytes(value: unknown): number {
  return utf8Length(JSON.stringify(value))
}
