import { type RedisServer, startRedis } from '@steadywire/redis-server'
import { Cluster } from 'ioredis'
import { expect, vi } from 'vitest'
import { handsOn, handsWith } from './hands.ts'

export type TestCluster = Awaited<ReturnType<typeof startCluster>>

/** Three servers that share the slots. */
export async function startCluster() {
  const start = () => startRedis({ cluster: true, persistence: 'always', config: { 'cluster-node-timeout': '1000' } })
  const servers = await Promise.all([start(), start(), start()])
  const nodes = servers.map((server) => nodeOf(server))
  const [first] = nodes
  for (const [index, { redis }] of nodes.entries()) {
    await redis.cluster('ADDSLOTSRANGE', ...slotsOf(index))
    const [, busPort] = (await redis.config('GET', 'cluster-port')) as string[]
    await first?.redis.call('CLUSTER', 'MEET', '127.0.0.1', servers[index]?.port ?? 0, busPort ?? 0)
  }

  async function whole() {
    const state = /cluster_state:ok[\s\S]*cluster_known_nodes:3/
    for (const { redis } of nodes)
      await vi.waitFor(async () => expect(await redis.cluster('INFO')).toMatch(state), { timeout: 20_000 })
  }

  await whole()
  const client = new Cluster(
    servers.map(({ port }) => ({ host: '127.0.0.1', port })),
    { lazyConnect: true },
  )
  return {
    nodes,
    /** What is given to the log: it is not connected, and stays so. */
    client,
    whole,
    async close() {
      client.disconnect()
      for (const { close } of nodes) await close()
      for (const server of servers) await server.close()
    },
  }
}

/** The first and the last of the slots of a node. */
function slotsOf(index: number): [number, number] {
  return [Math.ceil((index * 16_384) / 3), Math.ceil(((index + 1) * 16_384) / 3) - 1]
}

function nodeOf(server: RedisServer) {
  const { redis, close } = handsOn(server.url)
  return { server, redis, close, id: async () => String(await redis.cluster('MYID')) }
}

/** The node that has the slot of a key, and another one. */
export async function ownerOf({ nodes }: TestCluster, key: string) {
  const slot = Number(await nodes[0]?.redis.cluster('KEYSLOT', key))
  const index = Math.floor((slot * nodes.length) / 16_384)
  const [owner, other] = [nodes[index], nodes[(index + 1) % nodes.length]]
  if (!owner || !other) throw new Error('A cluster without nodes')
  return { slot, owner, other }
}

/** Moves a slot and the topic in it to another node, as an operator does who makes room. */
export async function moveSlot(cluster: TestCluster, topic: string): Promise<void> {
  const { hash, stream } = handsWith(cluster.client).keysOf(topic)
  const { slot, owner, other } = await ownerOf(cluster, hash)
  const [from, to] = [await owner.id(), await other.id()]
  await other.redis.cluster('SETSLOT', slot, 'IMPORTING', from)
  await owner.redis.cluster('SETSLOT', slot, 'MIGRATING', to)
  await owner.redis.call('MIGRATE', '127.0.0.1', other.server.port, '', 0, 5000, 'KEYS', hash, stream)
  for (const { redis } of [other, owner, ...cluster.nodes]) await redis.cluster('SETSLOT', slot, 'NODE', to)
}

/** Leaves a node without slots, and its topics lost: the next one has them. */
export async function takeOut(cluster: TestCluster, index: number): Promise<void> {
  // The node itself first: else it tells the others meanwhile that it has them.
  const { nodes } = cluster
  for (const { redis } of [...nodes.slice(index), ...nodes.slice(0, index)]) {
    await redis.flushall()
    await redis.cluster('DELSLOTSRANGE', ...slotsOf(index))
  }
  await nodes[(index + 1) % 3]?.redis.cluster('ADDSLOTSRANGE', ...slotsOf(index))
  await cluster.whole()
}
