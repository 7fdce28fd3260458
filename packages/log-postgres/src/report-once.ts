import type { ErrorCode, SteadywireError } from '@steadywire/core'

/** Where nobody listens, the first failure of each code is logged. */
export function reportOnce(): (error: SteadywireError) => void {
  const told = new Set<ErrorCode>()
  return ({ code, message, hint }) => {
    if (told.has(code)) return
    told.add(code)
    console.error(`steadywire: ${code}: ${message}${hint ? ` (${hint})` : ''}`)
  }
}
