import type { SteadywireError } from '@steadywire/core'

/** Nothing fails without a word, also where nobody asked to hear it. */
export function tellConsole({ code, message, hint, cause }: SteadywireError): void {
  console.error(`steadywire: ${code}: ${message}${hint ? ` (${hint})` : ''}`, cause ?? '')
}
