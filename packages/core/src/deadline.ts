import type { Clock } from './clock.ts'
import { wireError } from './errors.ts'

/** Settles as `call` does, but after `ms` at the latest: it rejects with `deadline` then, and `call` goes unheard. */
export function withDeadline<T>(clock: Clock, ms: number, what: string, call: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () =>
      reject(
        wireError('retry', 'deadline', `${what} took longer than ${ms} ms`, {
          hint: 'The other side is slow or out of reach.',
        }),
      ),
    )
    call.then(resolve, reject).finally(cancel)
  })
}
