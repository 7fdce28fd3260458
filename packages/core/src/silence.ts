import type { Clock } from './clock.ts'

/**
 * Calls `silent` once, when nothing was heard for `ms`; answers how to stop watching. A timer that fires late (a busy
 * or sleeping process) must not judge before what already arrived was read, so it lets the event loop turn first.
 */
export function watchSilence(
  clock: Clock,
  ms: number,
  lastHeard: () => number,
  silent: (ms: number) => void,
): () => void {
  let cancel = clock.after(ms, check)

  function check(): void {
    const quiet = clock.now() - lastHeard()
    if (quiet < ms) cancel = clock.after(ms - quiet, check)
    else cancel = clock.after(0, judge)
  }

  function judge(): void {
    const quiet = clock.now() - lastHeard()
    if (quiet < ms) cancel = clock.after(ms - quiet, check)
    else silent(quiet)
  }

  return () => cancel()
}
