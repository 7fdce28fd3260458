import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createBalancer } from '@steadywire/conformance/faults'
import type { Random } from '@steadywire/core'
import { startRedis } from '@steadywire/redis-server'
import type { Project } from './messages.ts'
import type { Options } from './options.ts'
import { end, type ServerProcess, start, startServer } from './processes.ts'

/** The servers of a session, and whoever works. */
export interface Servers {
  readonly worker: ChildProcess
  /** Where the worker's log is, if it is not in its own memory. */
  readonly redis?: string | undefined
  readonly project?: Project
  /** Where a client connects; another one after a kill, if there is one server only. */
  readonly port: number
  /** Ends one of them as it would crash, and starts it again. Resolves when it listens. */
  kill(random: Random): Promise<void>
  close(): Promise<void>
}

/** One server that is the worker too, with the log in its memory; or any number over one Redis, behind a balancer. */
export async function startServers({ log, servers: count }: Options): Promise<Servers> {
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
    get port(): number {
      return balancer?.port ?? servers[0]?.port ?? 0
    },
    /** `kill -9`, and a new process. */
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
