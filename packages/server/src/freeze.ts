/** Freezes a JSON value through and through. @throws RangeError if it is nested more deeply than `levels` */
export function deepFreeze<T>(value: T, levels = Number.POSITIVE_INFINITY): T {
  if (typeof value !== 'object' || value === null) return value
  if (levels === 0) throw new RangeError('nested too deeply')
  for (const inner of Object.values(value)) deepFreeze(inner, levels - 1)
  return Object.freeze(value)
}
