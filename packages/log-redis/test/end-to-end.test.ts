import { createEmitter, createSubscriber, type Gap } from '@steadywire/core'
import { memory } from '@steadywire/memory'
import { createGateway } from '@steadywire/server'
import { expect, it, onTestFinished } from 'vitest'
import { canStart } from './servers.ts'
import { handsForTest, logForTest, redisForTest } from './setup.ts'

function reader(log: ReturnType<typeof logForTest>, topic: string) {
  // Observed, its failures are not logged: they are what is tried here.
  const gateway = createGateway({ log, authorise: 'anyone', observe: () => {} })
  const subscriber = createSubscriber({ transport: memory({ gateway }), staleMs: 200 })
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

it('[D1] readers on two nodes get every event of an emitter on a third, once and in order, through all that Redis goes through', {
  timeout: 60_000,
}, async () => {
  const server = await redisForTest({ persistence: 'always' })
  const { redis } = handsForTest(server)
  const log = () => logForTest(server, { callDeadlineMs: 300 })
  const emitter = createEmitter({ to: log(), backoff: { delaysMs: [20] } })
  const readers = [reader(log(), 't:1'), reader(log(), 't:1')]
  await Promise.all(readers.map(({ ready }) => ready))
  const troubles = [
    server.cut,
    ...(canStart ? [() => redis.script('FLUSH')] : []),
    async () => {
      await server.kill()
      await server.start()
    },
    async () => {
      server.pause()
      await new Promise((resolve) => setTimeout(resolve, 500))
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
    await expect.poll(() => seqs.length, { timeout: 15_000 }).toBe(emitted)
    expect(gaps).toEqual([])
    expect(seqs).toEqual(seqs.map((_, index) => index + 1))
    expect(data).toEqual(seqs)
  }
})

it('[D4b] readers are told of a Redis that restarts without its data, once, and go on', {
  timeout: 30_000,
}, async () => {
  const server = await redisForTest()
  const emitter = createEmitter({ to: logForTest(server), backoff: { delaysMs: [20] } })
  const one = reader(logForTest(server), 't:1')
  await one.ready
  for (const n of [1, 2, 3]) await emitter.emit('t:1', 'n', n)
  await expect.poll(() => one.data).toEqual([1, 2, 3])
  await server.kill()
  await server.start()
  await emitter.emit('t:1', 'n', 4)
  await expect.poll(() => one.gaps.map(({ reason }) => reason), { timeout: 10_000 }).toEqual(['epoch'])
  await emitter.emit('t:1', 'n', 5)
  await expect.poll(() => one.data, { timeout: 10_000 }).toContain(5)
  expect(one.gaps.length).toBe(1)
})
