import { createHash } from 'node:crypto'
import { messageOf } from '@steadywire/core'
import type { Redis } from 'ioredis'

/** Runs a script on one topic's keys. */
export type RunScript = (keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>

/** A script that is sent by its hash, and whole if the server does not know it (any more). */
export function scriptOf(redis: Redis, lua: string): RunScript {
  const sha = createHash('sha1').update(lua).digest('hex')
  return async (keys, args) => {
    try {
      return await redis.evalsha(sha, keys.length, ...keys, ...args)
    } catch (thrown) {
      if (!messageOf(thrown).startsWith('NOSCRIPT')) throw thrown
      return redis.eval(lua, keys.length, ...keys, ...args)
    }
  }
}
