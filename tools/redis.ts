import { findRedis, howToGetRedis } from '@steadywire/redis-server'
import { installByApt } from './apt.ts'

/** Answers whether the tests have a Redis. Where Debian's may be installed, it is. */
export function ensureRedis(): boolean {
  const found =
    findRedis() ?? (process.env.REDIS_URL === undefined && installByApt('redis-server') ? findRedis() : undefined)
  if (found === undefined && process.env.REDIS_URL === undefined) {
    console.error(howToGetRedis)
    return false
  }
  console.log(
    `  ${found ?? 'REDIS_URL: only the conformance suite runs on it; faults need a redis-server of their own'}`,
  )
  return true
}
