import { createSubscriber } from '@steadywire/core'
import { createFakeClock } from '@steadywire/core/testing'
import { expect, it, onTestFinished } from 'vitest'
import { supabase } from '../src/index.ts'
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

it.each([
  ['Unauthorized: You do not have permissions to read from this Channel topic: x', 'forbidden'],
  ['PrivateOnly: This project only allows private channels', 'invalid_config'],
  ['TenantNotFound: Tenant not found: x', 'invalid_config'],
  ['RealtimeDisabledForTenant: Realtime disabled for this tenant', 'invalid_config'],
])('[C3] a join that is refused for good ends the topic, and says why (%s)', async (reason, code) => {
  const endpoint = await database.endpoint()
  endpoint.faults.refuseJoins(reason)
  const { subscription, errors } = read(subscriberFor(endpoint), 'day:7')
  await expect.poll(() => subscription.status, wait).toBe('refused')
  expect(errors).toEqual([code])
  expect(subscription.error?.hint).toMatch(/\?|:/)
})

it.each([
  'ClientJoinRateLimitReached: Too many joins per second',
  'ChannelRateLimitReached: Too many channels',
  'ConnectionRateLimitReached: Too many connected users',
])('[C3] [C2a] a join that is refused for a limit is tried again ten seconds later (%s)', async (reason) => {
  const endpoint = await database.endpoint()
  const clock = createFakeClock(Date.now())
  endpoint.faults.refuseJoins(reason, 1)
  const subscriber = createSubscriber({
    transport: supabase({ url: endpoint.url, key: endpoint.publishableKey }),
    clock,
  })
  onTestFinished(() => subscriber.close())
  const { subscription, seqs } = read(subscriber, 'day:7a')
  await expect.poll(() => subscription.error?.code, wait).toBe('rate_limited')
  await clock.advance(9999)
  expect(subscription.status).toBe('delayed')
  await clock.advance(1)
  await subscription.ready
  await append(database, 'day:7a', 1)
  await expect.poll(() => seqs().length, wait).toBeGreaterThan(0)
})

it('[C2a] more topics than a connection may have channels wait, and say why', async () => {
  const endpoint = await database.endpoint({ limits: { channelsPerConnection: 2 } })
  const subscriber = subscriberFor(endpoint)
  const [first, second] = [read(subscriber, 'day:7b'), read(subscriber, 'day:7c')]
  await Promise.all([first, second].map(({ subscription }) => subscription.ready))
  const third = read(subscriber, 'day:7d')
  await expect.poll(() => third.subscription.error?.code, wait).toBe('rate_limited')
  expect(third.subscription.error?.hint).toMatch(/fewer topics/)
  await append(database, 'day:7b', 1)
  await expect.poll(first.seqs, wait).toEqual([1])
})

it('[D1] [D2] broadcasts that Realtime drops are read, and come once', async () => {
  await database.sql(`select steadywire.set_broadcast('events', 'events')`)
  const endpoint = await database.endpoint()
  const reading = read(subscriberFor(endpoint, { feed: 'broadcast', auditMs: 300 }), 'day:9')
  await reading.subscription.ready
  let seen = 0
  endpoint.faults.dropBroadcasts(() => seen++ % 3 !== 0)
  await append(database, 'day:9', 30)
  await expect.poll(() => reading.seqs(), wait).toEqual(upTo(30))
  expect(seen).toBeGreaterThan(20)
  expect(reading.gaps).toEqual([])
  await database.sql(`select steadywire.set_broadcast('events', 'off')`)
})

it('[C4] a socket over which nothing comes any more is found, and what happened meanwhile is read', async () => {
  const endpoint = await database.endpoint()
  const subscriber = subscriberFor(endpoint, { auditMs: 60_000 })
  const reading = read(subscriber, 'day:10')
  await reading.subscription.ready
  const end = endpoint.faults.silence()
  await append(database, 'day:10', 3)
  await expect.poll(() => subscriber.state, wait).not.toBe('online')
  end()
  await expect.poll(() => reading.seqs(), wait).toEqual(upTo(3))
  expect(subscriber.stats().connections).toBeGreaterThan(1)
})

it('answers that come late, to joins and to reads, change nothing', async () => {
  const endpoint = await database.endpoint()
  endpoint.faults.delayAnswers({ rest: 200, joins: 300 })
  const reading = read(subscriberFor(endpoint, { auditMs: 300 }), 'day:11')
  for (let round = 0; round < 5; round++) await append(database, 'day:11', 4)
  await reading.subscription.ready
  await append(database, 'day:11', 4)
  await expect.poll(() => reading.seqs(), wait).toEqual(upTo(24))
  expect([reading.gaps, reading.errors]).toEqual([[], []])
})

it.each(['changes', 'broadcast'] as const)(
  '[D10] whoever goes on as somebody else is told nothing of who was before (%s)',
  async (feed) => {
    await database.sql('select steadywire.set_broadcast($1, $2)', ['events', feed === 'broadcast' ? 'events' : 'off'])
    const [ours, theirs] = [`team:ann:${feed}`, `team:ben:${feed}`]
    await database.sql(`insert into public.test_forbidden values ($1, 'ben'), ($1, ''), ($2, 'ann'), ($2, '')`, [
      ours,
      theirs,
    ])
    const endpoint = await database.endpoint()
    const subscriber = subscriberFor(endpoint, { feed })
    const [old, next] = [read(subscriber, ours), read(subscriber, theirs)]
    await old.subscription.ready
    await expect.poll(() => next.subscription.status, wait).toBe('refused')
    await append(database, ours, 2)
    await expect.poll(old.seqs, wait).toEqual([1, 2])
    await subscriber.changeIdentity({}, { purge: true })
    await append(database, ours, 2)
    await expect.poll(() => old.subscription.status, wait).toBe('refused')
    await subscriber.changeIdentity({ subject: 'ben', token: endpoint.token({ sub: 'ben' }) }, { purge: true })
    await append(database, theirs, 2)
    await expect.poll(next.seqs, wait).toEqual([1, 2])
    await expect.poll(() => old.subscription.status, wait).toBe('refused')
    expect(old.seqs()).toEqual([1, 2])
    await database.sql(`select steadywire.set_broadcast('events', 'off')`)
  },
)

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
