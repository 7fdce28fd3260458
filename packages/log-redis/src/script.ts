import { createHash } from 'node:crypto'
import { messageOf } from '@steadywire/core'
import type { ChainableCommander, Cluster, Redis } from 'ioredis'

type Argument = string | number

/** A script, named by its hash where the server knows it, and sent whole where it does not (any more). */
export interface Script {
  run(keys: readonly string[], args: readonly Argument[]): Promise<unknown>
  /** As one moment with another command; answers both replies. */
  runWith(
    keys: readonly string[],
    args: readonly Argument[],
    also: (transaction: ChainableCommander) => ChainableCommander,
  ): Promise<[unknown, unknown]>
}

export function scriptOf(redis: Redis | Cluster, lua: string): Script {
  const sha = createHash('sha1').update(lua).digest('hex')
  return {
    run: (keys, args) =>
      unlessUnknown(
        () => redis.evalsha(sha, keys.length, ...keys, ...args),
        () => redis.eval(lua, keys.length, ...keys, ...args),
      ),
    runWith: (keys, args, also) =>
      unlessUnknown(
        () => both(also(redis.multi().evalsha(sha, keys.length, ...keys, ...args))),
        () => both(also(redis.multi().eval(lua, keys.length, ...keys, ...args))),
      ),
  }
}

async function unlessUnknown<T>(call: () => Promise<T>, whole: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (thrown) {
    if (messageOf(thrown).startsWith('NOSCRIPT')) return whole()
    throw thrown
  }
}

/** Runs a pipeline or transaction of two; answers both replies, or rejects with the first error. */
export async function both(transaction: ChainableCommander): Promise<[unknown, unknown]> {
  const [first, second] = (await transaction.exec().catch(throwFirst)) ?? []
  const error = first?.[0] ?? second?.[0]
  if (error) throw error
  return [first?.[1], second?.[1]]
}

/** A transaction that was not even begun says so; why is said by its first command. */
function throwFirst(thrown: unknown): never {
  const previous: unknown = thrown instanceof Error && 'previousErrors' in thrown ? thrown.previousErrors : undefined
  throw (Array.isArray(previous) && previous.find((each) => each instanceof Error)) || thrown
}
