import { findOrInstallRedis, howToGetRedis } from '@steadywire/redis-server'

/** Answers whether the tests have a Redis. Where Debian's may be installed, it is. */
export function ensureRedis(): boolean {
  const found = findOrInstallRedis()
  const { REDIS_URL } = process.env
  if (found !== undefined) console.log(`  ${found}`)
  else if (REDIS_URL !== undefined) console.log(`  REDIS_URL: its line is cut instead of the server. ${tests}`)
  else console.error(`${tests}, or REDIS_URL to a running one`)
  return found !== undefined || REDIS_URL !== undefined
}

const tests = howToGetRedis('A test of Redis that is killed, filled or replaced')
