import { once } from 'node:events'
import { createBalancer } from '@steadywire/conformance/faults'
import type { Random } from '@steadywire/core'
import { startRedis } from '@steadywire/redis-server'
import type { Options } from './options.ts'
import { end, type ServerProcess, start, startServer } from './processes.ts'

/** The servers of a session, and whoever works. */
export type Servers = Awaited<ReturnType<typeof startServers>>

/** One server that is the worker too, with the log in its memory; or any number over one Redis, behind a balancer. */
export async function startServers({ log, servers: count }: Pick<Options, 'log' | 'servers'>) {
  const redis = log === 'redis' ? await startRedis() : undefined
  const balancer = count > 1 ? await createBalancer() : undefined
  const servers: ServerProcess[] = await Promise.all(Array.from({ length: count }, () => startServer(redis?.url)))
  const worker = redis ? start('./host-process.ts') : (servers[0] as ServerProcess).child
  balancer?.target(servers.map(({ port }) => port))
  let restarted: Promise<void> = Promise.resolve()

  async function restart(index: number): Promise<void> {
    const { child } = servers[index] as ServerProcess
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
    servers[index] = await startServer(redis?.url)
    balancer?.target(servers.map(({ port }) => port))
  }

  return {
    worker,
    redis: redis?.url,
    /** Where a client connects; another one after a kill, if there is one server only. */
    get port(): number {
      return balancer?.port ?? servers[0]?.port ?? 0
    },
    /** `kill -9` of one of them, and a new one in its place. Resolves when that listens. */
    kill(random: Random): Promise<void> {
      restarted = restart(Math.floor(random() * count))
      return restarted
    },
    async close(): Promise<void> {
      await restarted
      await Promise.all([end(worker), ...servers.map(({ child }) => end(child))])
      await balancer?.close()
      await redis?.close()
    },
  }
}
