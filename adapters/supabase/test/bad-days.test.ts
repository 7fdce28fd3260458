import { expect, it } from 'vitest'
import { append, databaseForFile, read, subscriberFor, upTo } from './aids.ts'

const database = await databaseForFile()
const wait = { timeout: 10_000 }

it('[D1] [D2] changes that Realtime drops are read, and come once', async () => {
  const endpoint = await database.endpoint()
  const reading = read(subscriberFor(endpoint, { auditMs: 300 }), 'day:1')
  await reading.subscription.ready
  let seen = 0
  endpoint.faults.dropChanges(() => seen++ % 3 === 1)
  await append(database, 'day:1', 30)
  await expect.poll(() => reading.seqs(), wait).toEqual(upTo(30))
  expect(reading.gaps).toEqual([])
})

it('[D1a] the last change that is dropped is found by the audit', async () => {
  const endpoint = await database.endpoint()
  const reading = read(subscriberFor(endpoint, { auditMs: 300 }), 'day:2')
  await reading.subscription.ready
  endpoint.faults.dropChanges(() => true)
  await append(database, 'day:2', 1)
  await expect.poll(() => reading.seqs(), wait).toEqual([1])
})

it('[E1b] a change that is cut, since it is too large, is read whole', async () => {
  const endpoint = await database.endpoint()
  const reading = read(subscriberFor(endpoint, { auditMs: 60_000 }), 'day:3')
  await reading.subscription.ready
  endpoint.faults.cutChanges(() => true)
  const data = { text: 'long '.repeat(100) }
  await append(database, 'day:3', 2, data)
  await expect.poll(() => reading.events.map((event) => event.data), wait).toEqual([data, data])
})

it('[D6a] [D1] what is appended before Realtime is ready, or while its replication starts anew, is not missed', async () => {
  const endpoint = await database.endpoint()
  endpoint.faults.delayReady(400)
  const reading = read(subscriberFor(endpoint, { auditMs: 60_000 }), 'day:4')
  await append(database, 'day:4', 3)
  await reading.subscription.ready
  await expect.poll(() => reading.seqs(), wait).toEqual(upTo(3))
  await endpoint.faults.restartReplication(() => append(database, 'day:4', 4))
  await expect.poll(() => reading.seqs(), wait).toEqual(upTo(7))
  await append(database, 'day:4', 1)
  await expect.poll(() => reading.seqs(), wait).toEqual(upTo(8))
  expect(reading.gaps).toEqual([])
})

it('[D6a] broadcasts are not said to come before Realtime says so', async () => {
  await database.sql(`select steadywire.set_broadcast('events', 'events')`)
  const endpoint = await database.endpoint()
  endpoint.faults.delayReady(400)
  const reading = read(subscriberFor(endpoint, { feed: 'broadcast' }), 'day:6a')
  const started = performance.now()
  await reading.subscription.ready
  expect(performance.now() - started).toBeGreaterThan(390)
  await database.sql(`select steadywire.set_broadcast('events', 'off')`)
})

it.each(['changes', 'broadcast'] as const)(
  '[D5] a channel that Realtime closes is built anew, and nothing is missed (%s)',
  async (feed) => {
    await database.sql('select steadywire.set_broadcast($1, $2)', ['events', feed === 'broadcast' ? 'events' : 'off'])
    const endpoint = await database.endpoint()
    const topic = `day:5:${feed}`
    const reading = read(subscriberFor(endpoint, { feed }), topic)
    await reading.subscription.ready
    for (const round of [1, 2, 3]) {
      expect(endpoint.faults.closeChannels()).toBe(1)
      await append(database, topic, 2)
      await expect.poll(() => reading.seqs(), wait).toEqual(upTo(round * 2))
    }
    expect(reading.gaps).toEqual([])
  },
)

it('[C5b] [C5] a token that runs out is refreshed once, and the channel that Realtime closed for it is joined with the fresh one', async () => {
  const endpoint = await database.endpoint()
  const asked: boolean[] = []
  const identity = {
    subject: 'ann',
    token: ({ refresh }: { readonly refresh: boolean }) => {
      asked.push(refresh)
      return endpoint.token({ sub: 'ann' })
    },
  }
  const reading = read(subscriberFor(endpoint, { identity }), 'day:6')
  await reading.subscription.ready
  await append(database, 'day:6', 2)
  await expect.poll(() => reading.seqs(), wait).toEqual([1, 2])
  endpoint.faults.closeChannels({ message: 'Token has expired 0 seconds ago' })
  await append(database, 'day:6', 2)
  await expect.poll(() => reading.seqs(), wait).toEqual(upTo(4))
  expect(asked).toEqual([false, true])
})

it('[C3] a join that is refused for its rate is tried again later, one without the right is not', async () => {
  const endpoint = await database.endpoint()
  endpoint.faults.refuseJoins('Unauthorized: You do not have permissions to read from this Channel topic: x', 1)
  const reading = read(subscriberFor(endpoint), 'day:7')
  await expect.poll(() => reading.subscription.status, wait).toBe('refused')
  expect(reading.errors).toContain('forbidden')
})

it('[D8] a thousand events at once come in order', async () => {
  const endpoint = await database.endpoint()
  const reading = read(subscriberFor(endpoint), 'day:8')
  await reading.subscription.ready
  await database.sql(
    `insert into steadywire.events (topic, id, type, data) select 'day:8', 'bulk-' || n, 'note', json_build_object('n', n) from generate_series(1, 1000) n`,
  )
  await expect.poll(() => reading.seqs().length, { timeout: 15_000 }).toBe(1000)
  expect(reading.seqs()).toEqual(upTo(1000))
  expect(reading.events.map(({ data }) => (data as { n: number }).n)).toEqual(upTo(1000))
}, 30_000)
