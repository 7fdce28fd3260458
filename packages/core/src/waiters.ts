import type { Clock } from './clock.ts'
import { wireError } from './errors.ts'

/** Callers that wait for one thing to be there. */
export interface Waiters<T> {
  /** Rejects with `unavailable` after `ms`. */
  wait(clock: Clock, ms: number): Promise<T>
  tell(value: T): void
  fail(error: unknown): void
}

export function createWaiters<T>(): Waiters<T> {
  const waiting = new Set<{ resolve(value: T): void; reject(error: unknown): void }>()
  return {
    wait: (clock, ms) =>
      new Promise<T>((resolve, reject) => {
        const cancel = clock.after(ms, () =>
          settle(() => reject(wireError('retry', 'unavailable', `Not connected after ${ms} ms`))),
        )
        const settle = (how: () => void): void => {
          cancel()
          waiting.delete(entry)
          how()
        }
        const entry = {
          resolve: (value: T) => settle(() => resolve(value)),
          reject: (error: unknown) => settle(() => reject(error)),
        }
        waiting.add(entry)
      }),
    tell(value) {
      for (const { resolve } of [...waiting]) resolve(value)
    },
    fail(error) {
      for (const { reject } of [...waiting]) reject(error)
    },
  }
}
