import { createTcpProxy } from '@steadywire/conformance/faults'
import { markOf } from '@steadywire/core'
import { appendForSure, draft, drafts, failureOf, readForSure, wakes } from '@steadywire/log-trials'
import { expect, it, onTestFinished } from 'vitest'
import { canStart } from './servers.ts'
import { handsForTest, logForTest, ownRedisForTest, redisForTest } from './setup.ts'

/** A leader, a follower that has all it has, and an address that leads to the leader until it is moved. */
async function leaderAndReplica() {
  const [leader, replica] = [await ownRedisForTest(), await ownRedisForTest()]
  const [proxy, replication] = [await createTcpProxy(), await createTcpProxy()]
  for (const each of [proxy, replication]) {
    onTestFinished(() => each.close())
    each.target(leader.port)
  }
  const { redis: onLeader, keysOf } = handsForTest(leader)
  const { redis: onReplica } = handsForTest(replica)
  await onReplica.replicaof('127.0.0.1', replication.port)
  await expect.poll(() => onLeader.info('replication'), { timeout: 10_000 }).toContain('state=online')
  return { leader, replica, proxy, replication, onReplica, keysOf, url: `redis://127.0.0.1:${proxy.port}` }
}

if (canStart) {
  it('[D4c] a replica that was promoted without the tail says so by head and marks', { timeout: 30_000 }, async () => {
    const { leader, replica, proxy, replication, onReplica, keysOf, url } = await leaderAndReplica()
    const log = logForTest({ url })
    const tail = await wakes(log, 't:1')
    await log.append('t:1', drafts(10))
    await expect.poll(() => onReplica.xlen(keysOf('t:1').stream)).toBe(10)
    replication.stall()
    await log.append('t:1', drafts(10, 11))
    const { events, epoch = '' } = await log.read('t:1', { limit: 100 })
    await expect.poll(() => tail.seqs).toContain(20)
    const heard = tail.wakes
    await leader.kill()
    await onReplica.replicaof('NO', 'ONE')
    proxy.target(replica.port)
    proxy.reset()

    const back = await readForSure(log, 't:1', { limit: 100 })
    expect([back.epoch, back.head]).toEqual([epoch, 10])
    const [lost] = await appendForSure(
      log,
      't:1',
      [events[14] ?? draft(0)].map(({ id, type, data }) => ({ id, type, data })),
    )
    expect(lost, 'what was lost is new again').toMatchObject({ position: { epoch, seq: 11 }, duplicate: false })
    await appendForSure(log, 't:1', drafts(14, 100))
    for (const { seq, id } of events) {
      const page = await readForSure(log, 't:1', { after: { epoch, seq, mark: markOf(id) }, limit: 100 })
      expect([seq, page.rewound]).toEqual([seq, seq <= 10 ? undefined : true])
    }
    await expect.poll(() => tail.wakes).toBeGreaterThan(heard)
    const [next] = await log.append('t:1', drafts(1))
    await expect.poll(() => tail.seqs).toContain(next?.position.seq)
  })

  it('[E1] with minReplicas an append is acknowledged when a replica has it, and a failover loses nothing', {
    timeout: 30_000,
  }, async () => {
    const { leader, replica, proxy, replication, onReplica, url } = await leaderAndReplica()
    const log = logForTest({ url }, { minReplicas: 1, callDeadlineMs: 600 })
    await appendForSure(log, 't:1', drafts(10))
    replication.stall()
    const one = draft('one')
    for (const _ of [1, 2]) {
      const { error } = await failureOf(log.append('t:1', [one]))
      expect(error).toMatchObject({ kind: 'retry', code: 'unavailable' })
      expect(error.message).toContain('0 of 1 replicas')
    }
    expect((await log.read('t:1', { limit: 100 })).head, 'reads do not wait').toBe(11)
    const fresh = logForTest({ url }, { minReplicas: 1, callDeadlineMs: 600 })
    const { error } = await failureOf(fresh.append('t:1', [one]))
    expect(error.message, 'a repeat on another connection waits too').toContain('0 of 1 replicas')
    replication.flow()
    expect(await appendForSure(log, 't:1', [one])).toMatchObject([{ position: { seq: 11 }, duplicate: true }])
    await leader.kill()
    await onReplica.replicaof('NO', 'ONE')
    proxy.target(replica.port)
    expect((await readForSure(log, 't:1', { limit: 100 })).head).toBe(11)
  })

  it('a replica can be read and not be written; the hint says why', { timeout: 30_000 }, async () => {
    const { leader, replica } = await leaderAndReplica()
    await logForTest(leader).append('t:1', drafts(3))
    const log = logForTest(replica)
    await expect.poll(async () => (await log.read('t:1', { limit: 10 })).events.length).toBe(3)
    const { error } = await failureOf(log.append('t:1', drafts(1)))
    expect(error).toMatchObject({ kind: 'retry', hint: expect.stringContaining('replica') })
  })
} else {
  it('[D4c] a topic that is taken back while the line is cut says so by head and marks (where no replica can be promoted)', async () => {
    const server = await redisForTest()
    const log = logForTest(server)
    const tail = await wakes(log, 't:1')
    await log.append('t:1', drafts(10))
    await server.save()
    await log.append('t:1', drafts(10, 11))
    const { events, epoch = '' } = await log.read('t:1', { limit: 100 })
    await expect.poll(() => tail.seqs).toContain(20)
    const heard = tail.wakes
    await server.kill()
    await server.start()
    const back = await readForSure(log, 't:1', { limit: 100 })
    expect([back.epoch, back.head]).toEqual([epoch, 10])
    await appendForSure(log, 't:1', drafts(15, 100))
    for (const { seq, id } of events) {
      const page = await readForSure(log, 't:1', { after: { epoch, seq, mark: markOf(id) }, limit: 100 })
      expect([seq, page.rewound]).toEqual([seq, seq <= 10 ? undefined : true])
    }
    await expect.poll(() => tail.wakes).toBeGreaterThan(heard)
  })

  it('[E1] with minReplicas an append is not acknowledged while they are too few (where none can be started)', async () => {
    const server = await redisForTest()
    const log = logForTest(server, { minReplicas: 99, callDeadlineMs: 600 })
    const one = draft('one')
    for (const _ of [1, 2]) {
      const { error } = await failureOf(log.append('t:1', [one]))
      expect(error).toMatchObject({ kind: 'retry', code: 'unavailable' })
      expect(error.message).toContain('of 99 replicas')
    }
    expect(await logForTest(server).append('t:1', [one])).toMatchObject([{ position: { seq: 1 }, duplicate: true }])
  })
}
