import type { Clock } from '@steadywire/core'
import type { Redis } from 'ioredis'

/** Asks every `everyMs` whether the server is there: a connection that only listens would not notice. Answers how to stop. */
export function keepPinging(redis: Redis, clock: Clock, everyMs: number): () => void {
  let cancel = (): void => {}
  const next = (): void => {
    cancel = clock.after(everyMs, () => {
      redis.ping().catch(() => {})
      next()
    })
  }
  next()
  return () => cancel()
}
