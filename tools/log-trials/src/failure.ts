import { isSteadywireError } from '@steadywire/core'

/** What a call rejects with, and how long that took. */
export async function failureOf(call: Promise<unknown>) {
  const started = performance.now()
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!isSteadywireError(error)) throw new Error(`should have failed: ${String(error)}`)
  return { error, ms: performance.now() - started }
}
