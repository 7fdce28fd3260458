import { wireError } from '@steadywire/core'
import type { Redis } from 'ioredis'

/**
 * Runs a script and waits until so many replicas have what it wrote. Both are sent at once, on one connection: `WAIT` speaks
 * only of what its own connection wrote before. Therefore the script goes whole: it must not be unknown.
 */
export async function evalOnReplicas(
  redis: Redis,
  lua: string,
  keys: readonly string[],
  args: readonly (string | number)[],
  { replicas, waitMs }: { readonly replicas: number; readonly waitMs: number },
): Promise<unknown> {
  const [reply, have] = await Promise.all([
    redis.eval(lua, keys.length, ...keys, ...args),
    redis.wait(replicas, waitMs),
  ])
  if (have >= replicas) return reply
  throw wireError('retry', 'unavailable', `${have} of ${replicas} replicas have confirmed the append`, {
    hint: 'Are the replicas running, and connected to the leader? The append may still reach them.',
  })
}
