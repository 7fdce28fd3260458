import { once } from 'node:events'
import { createServer } from 'node:http'
import { createEmitter, createSubscriber, type Gap } from '@steadywire/core'
import { memory } from '@steadywire/memory'
import { createGateway, type RunningGateway } from '@steadywire/server'
import { sse } from '@steadywire/sse'
import { sseHandler, toNode } from '@steadywire/sse/server'
import { expect, it, onTestFinished } from 'vitest'
import { installPostgresLog } from '../src/index.ts'
import { handsForTest, logForTest, postgresForTest } from './setup.ts'

async function serve(gateway: RunningGateway): Promise<string> {
  const server = createServer(toNode(sseHandler({ gateway }))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

/** A node of its own: its log, its gateway, and one reader over this wire. */
async function reader(log: ReturnType<typeof logForTest>, topic: string, wire: 'memory' | 'sse') {
  // Observed, its failures are not logged: they are what is tried here.
  const gateway = createGateway({ log, authorise: 'anyone', observe: () => {} })
  const transport = wire === 'memory' ? memory({ gateway }) : sse({ url: await serve(gateway) })
  const subscriber = createSubscriber({ transport, staleMs: 200 })
  onTestFinished(() => subscriber.close())
  const got = { seqs: [] as number[], data: [] as unknown[], gaps: [] as Gap[] }
  const subscription = subscriber.subscribe(topic, {
    from: 'start',
    event({ seq, data }) {
      got.seqs.push(seq)
      got.data.push(data)
    },
    gap: (gap) => void got.gaps.push(gap),
  })
  return Object.assign(got, { ready: subscription.ready })
}

it('[D1] readers on two nodes get every event of an emitter on a third, once and in order, through all that PostgreSQL goes through', {
  timeout: 120_000,
}, async () => {
  const server = await postgresForTest()
  const hands = handsForTest(server)
  const log = () => logForTest(server, { callDeadlineMs: 600 })
  const emitter = createEmitter({ to: log(), backoff: { delaysMs: [20] } })
  const readers = await Promise.all([reader(log(), 't:1', 'memory'), reader(log(), 't:1', 'sse')])
  await Promise.all(readers.map(({ ready }) => ready))
  const troubles = [
    hands.breakTails,
    () => hands.pool.query('select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()'),
    () => hands.pool.query('call steadywire.retain()'),
    () => installPostgresLog(server.url),
    async () => {
      await server.kill()
      await server.start()
    },
    async () => {
      server.pause()
      await new Promise((resolve) => setTimeout(resolve, 1000))
      server.resume()
    },
  ]
  let emitted = 0
  for (const trouble of [...troubles, ...troubles]) {
    const batch = () => Promise.all(Array.from({ length: 20 }, () => emitter.emit('t:1', 'n', ++emitted)))
    const [first] = await Promise.all([batch(), trouble()])
    expect(first?.length).toBe(20)
    await batch()
  }
  for (const { seqs, data, gaps } of readers) {
    await expect.poll(() => seqs.length, { timeout: 30_000 }).toBe(emitted)
    expect(gaps).toEqual([])
    expect(seqs).toEqual(seqs.map((_, index) => index + 1))
    expect(data).toEqual(seqs)
  }
})
