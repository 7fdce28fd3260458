import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createBalancer } from '@steadywire/conformance/faults'
import type { Random } from '@steadywire/core'
import { startRedis } from '@steadywire/redis-server'
import type { Project } from './messages.ts'
import type { Options } from './options.ts'
import { ask, end, type ServerProcess, start, startServer } from './processes.ts'

/** The servers of a session, and whoever works. */
export interface Servers {
  readonly worker: ChildProcess
  /** Where the worker's log is, if it is not in its own memory. */
  readonly redis?: string | undefined
  readonly project?: Project
  /** Where a client connects; another one after a crash, if there is one server only. */
  readonly port: number
  /** None of them is gone, or going. */
  readonly whole: boolean
  /** Ends one of them as it would crash. Resolves when it is gone; not while one is gone already. */
  crash(random: Random): Promise<void>
  /** Starts what crashed again. Resolves when it listens. */
  revive(): Promise<void>
  close(): Promise<void>
}

/**
 * One server that is the worker too, with the log in its memory; or any number over one Redis, behind a balancer.
 *
 * @param origins of the pages that may connect
 */
export async function startServers(
  { log, servers: count }: Options,
  origins: readonly string[] = [],
): Promise<Servers> {
  const redis = log === 'redis' ? await startRedis() : undefined
  const balancer = count > 1 ? await createBalancer() : undefined
  const servers: ServerProcess[] = await Promise.all(
    Array.from({ length: count }, () => startServer(redis?.url, origins)),
  )
  const worker = redis ? start('./host-process.ts') : (servers[0] as ServerProcess).child
  balancer?.target(servers.map(({ port }) => port))
  let changing: Promise<void> = Promise.resolve()
  let crashed: number | undefined

  /** `kill -9`; or, where the process has the log in its memory, the end of all but that. */
  async function crash(index: number): Promise<void> {
    crashed = index
    const { child } = servers[index] as ServerProcess
    if (redis) {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    } else await ask(child, { kind: 'crash' }, 'crashed')
  }

  async function revive(): Promise<void> {
    if (crashed === undefined) return
    const { child } = servers[crashed] as ServerProcess
    if (redis) servers[crashed] = await startServer(redis.url, origins)
    else {
      const told = await ask(child, { kind: 'serve', origins: [...origins] }, 'listening')
      if (told) servers[crashed] = { child, port: told.port }
    }
    crashed = undefined
    balancer?.target(servers.map(({ port }) => port))
  }

  /** One after the other. */
  const change = (step: () => Promise<void>): Promise<void> => {
    changing = changing.then(step)
    return changing
  }

  return {
    worker,
    redis: redis?.url,
    get port(): number {
      return balancer?.port ?? servers[0]?.port ?? 0
    },
    get whole() {
      return crashed === undefined
    },
    crash: (random) => change(async () => (crashed === undefined ? crash(Math.floor(random() * count)) : undefined)),
    revive: () => change(revive),
    async close(): Promise<void> {
      await changing
      await Promise.all([end(worker), ...servers.map(({ child }) => end(child))])
      await balancer?.close()
      await redis?.close()
    },
  }
}
