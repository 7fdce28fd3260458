import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Random } from '@steadywire/core'
import { AbstractConnector, type Cluster, Redis, type RedisOptions } from 'ioredis'

type NodeOptions = RedisOptions & { readonly replyMapping: 'legacy' }

/** A cluster of the log's own, with the nodes and options of somebody's. It follows redirections, and asks again for a while. */
export function openCluster(like: Cluster, settings: NodeOptions, retryDelay: (attempt: number) => number): Cluster {
  return like.duplicate([], {
    keyPrefix: '',
    lazyConnect: false,
    enableReadyCheck: false,
    enableOfflineQueue: true,
    enableAutoPipelining: false,
    shardedSubscribers: false,
    scaleReads: 'master',
    slotsRefreshTimeout: settings.commandTimeout,
    // Who only listens would not hear that the cluster has changed.
    slotsRefreshInterval: like.options.slotsRefreshInterval ?? 5000,
    clusterRetryStrategy: retryDelay,
    redisOptions: { ...like.options.redisOptions, ...settings },
  })
}

/**
 * One connection to any node of a cluster, and to another one when it breaks: what is published on one reaches all.
 * `Cluster` has such a connection too, but would not notice that its node hangs.
 */
export function openNode(cluster: Cluster, settings: NodeOptions, random: Random): Redis {
  let node: Redis | undefined
  class NodeConnector extends AbstractConnector {
    constructor() {
      super(0)
    }

    async connect() {
      this.connecting = true
      // A connector that fails is not asked again: it waits until a node is known.
      while (cluster.nodes().length === 0) await new Promise((resolve) => cluster.once('+node', resolve))
      if (!this.connecting) throw new Error('Connection is closed.')
      const nodes = cluster.nodes()
      node = nodes[Math.floor(random() * nodes.length)]
      const { host = '127.0.0.1', port = 6379, tls } = node?.options ?? {}
      this.stream = tls ? connectTls({ host, port, ...tls }) : connect({ host, port })
      return this.stream
    }
  }
  const redis = new Redis({ ...cluster.options.redisOptions, ...settings, Connector: NodeConnector })
  // Who was taken out of the cluster may still answer, but is told nothing any more.
  cluster.on('-node', (gone) => gone === node && redis.disconnect(true))
  return redis
}
