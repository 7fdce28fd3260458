const numbers = new Intl.NumberFormat('en')

export const number = (value: number): string => numbers.format(value)

/** `2:30`: minutes, seconds. */
export const clock = (ms: number): string => elapsed(ms).slice(0, -2)

/** `0:07.3`: minutes, seconds, tenths. */
export function elapsed(ms: number): string {
  const tenths = Math.floor(Math.max(0, ms) / 100)
  const seconds = Math.floor(tenths / 10)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}.${tenths % 10}`
}

export function milliseconds(ms: number | undefined): string {
  if (ms === undefined) return '–'
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`
}
