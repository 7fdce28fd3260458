import { setTimeout as wait } from 'node:timers/promises'
import { createBalancer } from '@steadywire/conformance/faults'
import { startRedis } from '@steadywire/redis-server'
import { Redis } from 'ioredis'
import { type Helper, startHelper } from '../helper.ts'

export type Stage = Awaited<ReturnType<typeof setStage>>

interface Node {
  helper: Helper
  /** 0: not there. */
  port: number
  paused: boolean
}

const nodeCount = 3
const nodeFile = 'chaos/node.ts'

/** Three servers over one Redis, behind a balancer. */
export async function setStage() {
  // Everything that it acknowledged is there again after a restart, so any gap is a mistake of ours.
  const redis = await startRedis({ persistence: 'always' })
  const balancer = await createBalancer()
  const nodes = await Promise.all(Array.from({ length: nodeCount }, () => startNode(redis.port)))
  const retarget = (): void => balancer.target(nodes.flatMap(({ port }) => (port > 0 ? [port] : [])))
  retarget()
  let redisIsWhole = true
  let crowd: Helper | undefined

  return {
    port: balancer.port,
    redisPort: redis.port,
    nodes: nodeCount,
    fillFrom(helper: Helper): void {
      crowd = helper
    },
    heaps: () => Promise.all(nodes.map(({ helper, port, paused }) => (port > 0 && !paused ? heapOf(helper) : 0))),

    async cut(percent: number): Promise<boolean> {
      await Promise.all(
        nodes.map(({ helper, port, paused }) => port > 0 && !paused && helper.ask('cut', percent).catch(() => {})),
      )
      return true
    },
    async killNode(index: number, forMs: number): Promise<boolean> {
      const node = nodes[index]
      if (!node || node.port === 0 || node.paused) return false
      node.port = 0
      node.helper.kill('SIGKILL')
      await wait(forMs)
      Object.assign(node, await startNode(redis.port))
      retarget()
      return true
    },
    async pauseNode(index: number, forMs: number): Promise<boolean> {
      const node = nodes[index]
      if (!node || node.port === 0 || node.paused) return false
      node.paused = true
      node.helper.kill('SIGSTOP')
      await wait(forMs)
      node.helper.kill('SIGCONT')
      node.paused = false
      return true
    },
    async restartRedis(forMs: number): Promise<boolean> {
      if (!redisIsWhole) return false
      redisIsWhole = false
      await redis.kill()
      await wait(forMs)
      await redis.start()
      await tidy(redis.url)
      redisIsWhole = true
      return true
    },
    async pauseRedis(forMs: number): Promise<boolean> {
      if (!redisIsWhole) return false
      redisIsWhole = false
      redis.pause()
      await wait(forMs)
      redis.resume()
      redisIsWhole = true
      return true
    },
    async fillSockets(count: number): Promise<boolean> {
      await crowd?.ask('fill', balancer.port, count)
      return true
    },
    async close(): Promise<void> {
      await Promise.all(nodes.map(({ helper }) => helper.kill('SIGKILL')))
      await balancer.close()
      await redis.close()
    },
  }
}

async function startNode(redisPort: number): Promise<Node> {
  const helper = startHelper(nodeFile)
  return { helper, port: await helper.askOne('serve', redisPort), paused: false }
}

/** What `kill -9` tore apart in the append-only file is removed, as the README of the log advises. */
async function tidy(url: string): Promise<void> {
  const client = new Redis(url)
  await client.bgrewriteaof().catch(() => {})
  client.disconnect()
}

const heapOf = (helper: Helper) => helper.askOne('heap').catch(() => 0)
