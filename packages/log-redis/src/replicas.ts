import { messageOf, wireError } from '@steadywire/core'
import type { Cluster, Redis } from 'ioredis'
import { both } from './script.ts'

/**
 * Runs a script and waits until so many replicas have what it wrote. Both go together, on one connection: `WAIT` speaks only
 * of what its own connection wrote before. Therefore the script goes whole: it must not be unknown.
 */
export async function evalOnReplicas(
  redis: Redis | Cluster,
  lua: string,
  keys: readonly string[],
  args: readonly (string | number)[],
  { replicas, waitMs }: { readonly replicas: number; readonly waitMs: number },
): Promise<unknown> {
  const attempt = () =>
    both(
      redis
        .pipeline()
        .eval(lua, keys.length, ...keys, ...args)
        .wait(replicas, waitMs),
    )
  const [reply, have] = await attempt().catch(async (thrown) => {
    if (!/^(MOVED|ASK) /.test(messageOf(thrown))) throw thrown
    // ioredis repeats no pipeline of which a part was done, as WAIT was. A single command makes it learn where the slot is.
    await redis.hget(keys[0] ?? '', 'epoch')
    return attempt()
  })
  if (Number(have) >= replicas) return reply
  throw wireError('retry', 'unavailable', `${String(have)} of ${replicas} replicas have confirmed the append`, {
    hint: 'Are the replicas running, and connected to the leader? The append may still reach them.',
  })
}
