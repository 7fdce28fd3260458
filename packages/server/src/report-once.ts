import type { ErrorCode, SteadywireError } from '@steadywire/core'

/** What logs report to where nobody listens: the console, for the first failure of each code. */
export function reportOnce(): (error: SteadywireError) => void {
  const told = new Set<ErrorCode>()
  return ({ code, message, hint }) => {
    if (told.has(code)) return
    told.add(code)
    console.error(`steadywire: ${code}: ${message}${hint ? ` (${hint})` : ''}`)
  }
}
