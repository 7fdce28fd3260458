import type { Clock } from './clock.ts'
import { wireError } from './errors.ts'

/**
 * Settles as `call` does, but after `ms` at the latest: it rejects with `deadline` then, and `call` goes unheard. So it does
 * when `signal` aborts.
 */
export function withDeadline<T>(
  clock: Clock,
  ms: number,
  what: string,
  call: Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => done(() => reject(wireError('retry', 'connection_lost', `${what} was given up`)))
    const cancel = clock.after(ms, () => {
      const hint = 'The other side is slow or out of reach.'
      done(() => reject(wireError('retry', 'deadline', `${what} took longer than ${ms} ms`, { hint })))
    })
    function done(settle: () => void): void {
      cancel()
      signal?.removeEventListener('abort', giveUp)
      settle()
    }
    call.then(
      (value) => done(() => resolve(value)),
      (error: unknown) => done(() => reject(error)),
    )
    if (signal?.aborted) giveUp()
    else signal?.addEventListener('abort', giveUp)
  })
}
