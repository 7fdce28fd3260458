import { testLog } from '@steadywire/conformance'
import { appendForSure, draft, drafts, failureOf, readAll, readForSure, wakes, writersOn } from '@steadywire/log-trials'
import { Cluster } from 'ioredis'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { redisBridge, redisLog } from '../src/index.ts'
import { keysUnder } from '../src/keys.ts'
import { moveSlot, ownerOf, startCluster, type TestCluster, takeOut } from './clusters.ts'
import { handsWith } from './hands.ts'
import { canStart } from './servers.ts'
import { logForTest, rightsOfReadme } from './setup.ts'

const strange = ['job:1', '}', '{}', 'a{b}c', '%7D', '{'.repeat(256)]

if (canStart) {
  let cluster: TestCluster

  beforeAll(async () => {
    cluster = await startCluster()
  }, 60_000)
  afterAll(() => cluster.close())

  const logOnCluster = (options = {}) => logForTest({ url: cluster.client }, options)

  testLog({
    name: 'redis-cluster',
    async setup() {
      const { client, nodes, whole } = cluster
      const open = () => redisLog({ redis: client })
      const [log, other] = [open(), open()]
      const opened = [log, other]
      const on = new Cluster(nodes.map(({ server }) => ({ host: '127.0.0.1', port: server.port })))
      on.on('error', () => {})
      const hands = handsWith(on)
      return {
        log,
        other,
        async restart(data: 'kept' | 'lost') {
          if (data === 'lost') for (const { redis } of nodes) await redis.flushall()
          for (const { server } of nodes) await server.kill()
          for (const { server } of nodes) await server.start()
          await whole()
          const reopened = open()
          opened.push(reopened)
          return reopened
        },
        trim: hands.trim,
        rewind: hands.rewind,
        async breakTails() {
          for (const { redis } of nodes) await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
        },
        async close() {
          on.disconnect()
          for (const each of opened) await each.close()
        },
      }
    },
  })

  it('keeps all of a topic in one slot, whatever its name', async () => {
    const log = logOnCluster()
    for (const topic of strange) {
      const tail = await wakes(log, topic)
      await log.append(topic, drafts(3))
      expect((await log.read(topic, { limit: 10 })).events.length).toBe(3)
      expect((await log.read(topic, { limit: 100 })).events.length).toBe(3)
      await expect.poll(() => tail.seqs).toEqual([1, 2, 3])
    }
  })

  it('[E1] nothing is lost, repeated or moved when the slot of a topic is moved to another node in the middle of appends', {
    timeout: 30_000,
  }, async () => {
    const [log, other] = [logOnCluster({ retention: {} }), logOnCluster({ retention: {} })]
    const replicated = logOnCluster({ minReplicas: 1, callDeadlineMs: 600 })
    await failureOf(replicated.append('moved:1', [draft('before')]))
    const tail = await wakes(other, 'moved:1')
    const writers = writersOn([log, other], 'moved:1')
    await writers.until(100)
    await moveSlot(cluster, 'moved:1')
    await writers.until(writers.acknowledged.length + 100)
    await writers.stop()
    const { events } = await readAll(log, 'moved:1')
    writers.check(events.slice(1), 1)
    await expect.poll(() => tail.seqs.includes(events.length)).toBe(true)
    expect(tail.lost).toEqual([])
    // The first one waits for replicas at the old place too, which takes its time.
    const after = [draft('after')]
    await failureOf(replicated.append('moved:1', after))
    const { error } = await failureOf(replicated.append('moved:1', after))
    expect(error.message, 'WAIT goes where the slot is').toContain('0 of 1 replicas')
  })

  it('[E1] nothing acknowledged is lost, repeated or moved by kill -9 of a node in the middle of appends', {
    timeout: 60_000,
  }, async () => {
    const [log, other] = [logOnCluster({ retention: {} }), logOnCluster({ retention: {} })]
    const { owner } = await ownerOf(cluster, keysUnder('sw')('killed:1').hash)
    const tail = await wakes(other, 'killed:1')
    const writers = writersOn([log, other], 'killed:1')
    await writers.until(100)
    await owner.server.kill()
    await expect
      .poll(() => failureOf(log.read('killed:1', { limit: 1 })), { timeout: 15_000 })
      .toMatchObject({ error: { kind: 'retry', hint: 'The cluster has no leader for this slot at the moment.' } })
    await owner.server.start()
    await cluster.whole()
    await writers.until(writers.acknowledged.length + 100)
    await writers.stop()
    const { events } = await readAll(log, 'killed:1')
    writers.check(events, 0)
    const [last] = await appendForSure(log, 'killed:1', [draft('last')])
    await expect.poll(() => tail.seqs).toContain(last?.position.seq)
  })

  it('a node that hangs is given up at the deadline, and followers leave it for another one', {
    timeout: 30_000,
  }, async () => {
    const log = logOnCluster({ callDeadlineMs: 500 })
    const tail = await wakes(log, 'hung:1')
    await log.append('hung:1', drafts(1))
    const { owner } = await ownerOf(cluster, keysUnder('sw')('hung:1').hash)
    owner.server.pause()
    const { error, ms } = await failureOf(log.append('hung:1', drafts(1)))
    expect([error.kind, ms < 1500]).toEqual(['retry', true])
    owner.server.resume()
    await cluster.whole()
    const heard = tail.wakes
    await readForSure(log, 'hung:1', { limit: 10 })
    await appendForSure(log, 'hung:1', drafts(1))
    await expect.poll(() => tail.wakes).toBeGreaterThan(heard)
  })

  it('[D1g] a tail outlives a cluster that was away as a whole, for however long', { timeout: 60_000 }, async () => {
    const log = logOnCluster({ callDeadlineMs: 500 })
    const tail = await wakes(log, 'away:1')
    await appendForSure(log, 'away:1', drafts(1))
    await expect.poll(() => tail.seqs).toEqual([1])
    for (const { server } of cluster.nodes) await server.kill()
    const reasons = new Set<string>()
    await expect
      .poll(async () => reasons.add((await failureOf(log.append('away:1', [draft('away')]))).error.message), {
        timeout: 15_000,
      })
      .toContain('Appending to away:1: Failed to refresh slots cache.')
    for (const { server } of cluster.nodes) await server.start()
    await cluster.whole()
    const [made] = await appendForSure(log, 'away:1', [draft('back')])
    await expect.poll(() => tail.seqs, { timeout: 10_000 }).toContain(made?.position.seq)
    expect(tail.lost).toEqual([])
  })

  it('works with the rights that the README names', async () => {
    const rights = [...rightsOfReadme, '+cluster|slots', '+asking']
    for (const { redis } of cluster.nodes) await redis.call('ACL', 'SETUSER', 'steady', 'on', '>pass', ...rights)
    const [first] = cluster.nodes
    const url = new Cluster([{ host: '127.0.0.1', port: first?.server.port ?? 0 }], {
      lazyConnect: true,
      redisOptions: { username: 'steady', password: 'pass' },
    })
    const log = logForTest({ url })
    for (const topic of ['right:1', 'right:2', 'right:3', 'right:4']) {
      const tail = await wakes(log, topic)
      await log.append(topic, drafts(2))
      expect((await log.read(topic, { limit: 100 })).events.length).toBe(2)
      await expect.poll(() => tail.seqs).toEqual([1, 2])
    }
  })

  it('a bridge listens to all nodes', async () => {
    const log = logOnCluster()
    const topic = 'bridged:1'
    const bridge = redisBridge({ redis: cluster.client, to: log, pattern: 'bridged:*', topic: () => topic, type: 'n' })
    onTestFinished(() => bridge.close())
    await bridge.ready
    for (const { redis } of cluster.nodes) await redis.publish('bridged:x', '1')
    await expect.poll(() => bridge.stats().appended).toBe(3)
    expect((await log.read(topic, { limit: 10 })).head).toBe(3)
  })

  it('[D1g] followers leave a node that is taken out of the cluster', { timeout: 60_000 }, async () => {
    // Of its own: the other cases have moved slots.
    const cluster = await startCluster()
    onTestFinished(() => cluster.close())
    const log = logForTest({ url: cluster.client })
    const tail = await wakes(log, 'left:1')
    const { channel } = keysUnder('sw')('left:1')
    const followedOn = async (index: number) =>
      Number((await cluster.nodes[index]?.redis.pubsub('NUMSUB', channel))?.[1] ?? 0)
    const counts = await Promise.all([0, 1, 2].map(followedOn))
    const index = counts.indexOf(1)
    await takeOut(cluster, index)
    await expect.poll(() => followedOn(index), { timeout: 15_000 }).toBe(0)
    await expect.poll(() => tail.wakes, { timeout: 10_000 }).toBeGreaterThan(0)
    const [made] = await appendForSure(log, 'left:1', drafts(1))
    await expect.poll(() => tail.seqs).toContain(made?.position.seq)
  })
} else {
  it('the keys of a topic have one hash tag, whatever its name (where no cluster can be started)', () => {
    for (const topic of strange) {
      const { hash, stream } = keysUnder('sw')(topic)
      const tags = [hash, stream].map((key) => /\{(.*?)\}/.exec(key)?.[1])
      expect(tags[0]).toBe(tags[1])
      expect(tags[0]).toMatch(/./)
    }
  })
}
