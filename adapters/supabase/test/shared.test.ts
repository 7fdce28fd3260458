import { createSubscriber, type Observe } from '@steadywire/core'
import type { Supabase } from '@steadywire/supabase-local'
import { createClient } from '@supabase/supabase-js'
import { expect, it, onTestFinished, vi } from 'vitest'
import { supabase } from '../src/index.ts'
import { append, databaseForFile, read, upTo } from './aids.ts'

const database = await databaseForFile()
const wait = { timeout: 10_000 }

/** The app's client, with a session of ann. */
function appClient(endpoint: Supabase) {
  const token = endpoint.token({ sub: 'ann' })
  const client = createClient(endpoint.url, endpoint.publishableKey, {
    accessToken: async () => token,
    realtime: { heartbeatIntervalMs: 300, reconnectAfterMs: () => 50 },
  })
  onTestFinished(async () => void (await client.removeAllChannels()))
  return client
}

function follow(client: ReturnType<typeof appClient>, feed: 'changes' | 'broadcast' = 'changes', observe?: Observe) {
  const subscriber = createSubscriber({
    ...(observe && { observe }),
    transport: supabase({ client, feed }),
    auditMs: 500,
    backoff: { delaysMs: [20, 50, 100], maxAttempts: Number.POSITIVE_INFINITY, jitter: false },
  })
  onTestFinished(() => subscriber.close())
  return subscriber
}

it.each(['changes', 'broadcast'] as const)(
  "goes along on the app's client, which stays as it is (%s)",
  async (feed) => {
    await database.sql('select steadywire.set_broadcast($1, $2)', ['events', feed === 'broadcast' ? 'events' : 'off'])
    const endpoint = await database.endpoint()
    const client = appClient(endpoint)
    const heard: unknown[] = []
    const own = client
      .channel('room', { config: { broadcast: { self: true } } })
      .on('broadcast', { event: 'hello' }, ({ payload }) => void heard.push(payload))
    await new Promise<void>((resolve) => own.subscribe((status) => status === 'SUBSCRIBED' && resolve()))
    const topic = `shared:${feed}`
    const subscriber = follow(client, feed)
    const reading = read(subscriber, topic)
    await reading.subscription.ready
    expect(endpoint.open).toEqual({ sockets: 1, channels: 2 })
    await append(database, topic, 3)
    await expect.poll(() => reading.seqs(), wait).toEqual(upTo(3))
    await subscriber.close()
    await expect.poll(() => endpoint.open, wait).toEqual({ sockets: 1, channels: 1 })
    await own.send({ type: 'broadcast', event: 'hello', payload: { n: 1 } })
    await expect.poll(() => heard, wait).toEqual([{ n: 1 }])
  },
)

it('[D1] [D2] goes on when the socket of the app was lost, and supabase-js opened another one', async () => {
  const endpoint = await database.endpoint()
  const reading = read(follow(appClient(endpoint)), 'shared:cut')
  await reading.subscription.ready
  for (const round of [1, 2, 3]) {
    expect(endpoint.faults.cutSockets()).toBe(1)
    await append(database, 'shared:cut', 5)
    await expect.poll(() => reading.seqs(), wait).toEqual(upTo(round * 5))
  }
  expect(reading.gaps).toEqual([])
})

it('a topic that is followed twice, left and followed again in one breath is one channel, which is freed at the end', async () => {
  const endpoint = await database.endpoint()
  const subscriber = follow(appClient(endpoint))
  const first = read(subscriber, 'shared:strict')
  first.subscription.unsubscribe()
  const second = read(subscriber, 'shared:strict')
  const third = read(subscriber, 'shared:strict')
  await Promise.all([second.subscription.ready, third.subscription.ready])
  expect(endpoint.open.channels).toBe(1)
  await append(database, 'shared:strict', 2)
  await expect.poll(() => [second.seqs(), third.seqs()], wait).toEqual([upTo(2), upTo(2)])
  second.subscription.unsubscribe()
  third.subscription.unsubscribe()
  await expect.poll(() => endpoint.open.channels, wait).toBe(0)
  expect(first.events).toEqual([])
})

it('says so when the app has a private channel of that name already', async () => {
  await database.sql(`select steadywire.set_broadcast('events', 'events')`)
  const endpoint = await database.endpoint()
  const client = appClient(endpoint)
  const own = client.channel('shared:taken', { config: { private: true } })
  await new Promise<void>((resolve) => own.subscribe((status) => status === 'SUBSCRIBED' && resolve()))
  const reading = read(follow(client, 'broadcast'), 'shared:taken')
  await expect.poll(() => reading.errors, wait).toContain('invalid_option')
  expect(own.state).toBe('joined')
})

/** Where a browser would keep the session: what one client has put there, another one finds. */
function memory() {
  const stored = new Map<string, string>()
  return {
    stored,
    storage: {
      getItem: (name: string) => stored.get(name) ?? null,
      setItem: (name: string, value: string) => void stored.set(name, value),
      removeItem: (name: string) => void stored.delete(name),
    },
  }
}

it('[D10] joins with the session that the app has stored, also when several topics are followed at once', async () => {
  await database.sql(`insert into public.test_forbidden values ('shared:one', ''), ('shared:two', '')`)
  await database.sql(`select steadywire.set_broadcast('events', 'off')`)
  const endpoint = await database.endpoint()
  const { storage } = memory()
  await sessionClient(endpoint, { storage }).auth.signUp({ email: 'ann@example.com', password: 'correct horse' })
  const client = sessionClient(endpoint, { storage })
  // Nothing but the feeds tells of events.
  const subscriber = createSubscriber({ transport: supabase({ client }), auditMs: 60_000 })
  onTestFinished(() => subscriber.close())
  const readings = ['shared:one', 'shared:two'].map((topic) => ({ topic, reading: read(subscriber, topic) }))
  await Promise.all(readings.map(({ reading }) => reading.subscription.ready))
  for (const { topic } of readings) await append(database, topic, 3)
  for (const { reading } of readings) await expect.poll(() => reading.seqs(), wait).toEqual(upTo(3))
})

it.each(['changes', 'broadcast'] as const)(
  '[C3] a session that can not be refreshed for a while is waited for: nobody is taken for anonymous (%s)',
  async (feed) => {
    await database.sql('select steadywire.set_broadcast($1, $2)', ['events', feed === 'broadcast' ? 'events' : 'off'])
    const topic = `shared:stale:${feed}`
    await database.sql(`insert into public.test_forbidden values ($1, '')`, [topic])
    const endpoint = await database.endpoint()
    const { storage, stored } = memory()
    await sessionClient(endpoint, { storage }).auth.signUp({
      email: `stale-${feed}@example.com`,
      password: 'correct horse',
    })
    for (const [name, session] of stored)
      stored.set(name, JSON.stringify({ ...JSON.parse(session), expires_at: Math.floor(Date.now() / 1000) - 60 }))
    // supabase-js tries for 30 seconds of this clock, and does not try again within a minute.
    const now = Date.now
    let shiftMs = 0
    const shifted = vi.spyOn(Date, 'now').mockImplementation(() => now() + shiftMs)
    onTestFinished(() => shifted.mockRestore())
    let isRefused = false
    const client = sessionClient(endpoint, {
      storage,
      async fetch(input, init) {
        if (isRefused || !String(input).includes('/auth/v1/token')) return await fetch(input, init)
        isRefused = true
        shiftMs += 31_000
        return Response.json({ message: 'out of order' }, { status: 503 })
      },
    })
    const subscriber = follow(client, feed)
    const reading = read(subscriber, topic)
    await append(database, topic, 3)
    await expect.poll(() => subscriber.connection.error?.message, wait).toMatch(/session could not be refreshed/)
    shiftMs += 61_000
    await expect.poll(() => reading.seqs(), wait).toEqual(upTo(3))
    expect(reading.errors).toEqual([])
  },
)

it('several subscribers on one client follow the same topic by one channel, each to its own end', async () => {
  await database.sql(`select steadywire.set_broadcast('events', 'events')`)
  const endpoint = await database.endpoint()
  const client = appClient(endpoint)
  const [first, second] = [follow(client, 'broadcast'), follow(client, 'broadcast')]
  const readings = [read(first, 'shared:both'), read(second, 'shared:both')] as const
  await Promise.all(readings.map(({ subscription }) => subscription.ready))
  expect(endpoint.open).toEqual({ sockets: 1, channels: 1 })
  await append(database, 'shared:both', 2)
  for (const { seqs } of readings) await expect.poll(seqs, wait).toEqual(upTo(2))
  await first.close()
  await append(database, 'shared:both', 2)
  await expect.poll(readings[1].seqs, wait).toEqual(upTo(4))
  expect(readings[0].seqs()).toEqual(upTo(2))
  expect(readings.flatMap(({ errors }) => errors)).toEqual([])
  await second.close()
  await expect.poll(() => endpoint.open.channels, wait).toBe(0)
})

interface SessionOptions {
  readonly storage?: ReturnType<typeof memory>['storage']
  readonly fetch?: typeof fetch
}

/** The app's client, that signs in by itself. */
function sessionClient(endpoint: Supabase, { storage, fetch }: SessionOptions = {}) {
  const client = createClient(endpoint.url, endpoint.publishableKey, {
    auth: { autoRefreshToken: false, ...(storage && { storage }) },
    global: { ...(fetch && { fetch }) },
  })
  onTestFinished(async () => void (await client.removeAllChannels()))
  return client
}

it.each(['changes', 'broadcast'] as const)(
  '[D10a] who signed out is told nothing more, and who signs in then has rights of their own (%s)',
  async (feed) => {
    await database.sql('select steadywire.set_broadcast($1, $2)', ['events', feed === 'broadcast' ? 'events' : 'off'])
    const topic = `shared:left:${feed}`
    await database.sql(`insert into public.test_forbidden values ($1, '')`, [topic])
    const endpoint = await database.endpoint()
    const client = sessionClient(endpoint)
    await client.auth.signUp({ email: `ann-${feed}@example.com`, password: 'correct horse' })
    const subscriber = follow(client, feed)
    const reading = read(subscriber, topic)
    await reading.subscription.ready
    await append(database, topic, 3)
    await expect.poll(() => reading.seqs(), wait).toEqual(upTo(3))
    await client.auth.signOut()
    await append(database, topic, 2)
    await expect.poll(() => reading.errors, wait).toContain('forbidden')
    expect(reading.seqs()).toEqual(upTo(3))
    await client.auth.signUp({ email: `ben-${feed}@example.com`, password: 'correct horse' })
    const again = read(subscriber, topic)
    await expect.poll(() => again.seqs(), wait).toEqual(upTo(5))
    expect(reading.seqs()).toEqual(upTo(3))
  },
)

it('[C3] what Realtime refuses to a token that is not of the session is no last word', async () => {
  await database.sql(`select steadywire.set_broadcast('events', 'events')`)
  await database.sql(`insert into public.test_forbidden values ('shared:heartbeat', '')`)
  const endpoint = await database.endpoint()
  const client = sessionClient(endpoint)
  await client.auth.signUp({ email: 'heartbeat@example.com', password: 'correct horse' })
  const told: unknown[] = []
  const subscriber = follow(client, 'broadcast', (record) => {
    if (record.kind === 'subscription' && record.to === 'delayed') told.push(record.error?.message)
  })
  const reading = read(subscriber, 'shared:heartbeat')
  await reading.subscription.ready
  // So does supabase-js with each heartbeat, when a session can't be refreshed: with the key, which may be a token of anon.
  await client.realtime.setAuth(endpoint.token({ sub: '', role: 'anon' }))
  await expect.poll(() => told, wait).toEqual([expect.stringContaining('permissions')])
  await append(database, 'shared:heartbeat', 3)
  await expect.poll(() => reading.seqs(), wait).toEqual(upTo(3))
  expect(reading.errors).toEqual([])
})

it('[D7a] leaves nothing in the client while its socket can not be opened, however often it is tried', async () => {
  const endpoint = await database.endpoint()
  endpoint.faults.refuseConnections(503)
  const client = appClient(endpoint)
  let changes = 0
  const subscriber = createSubscriber({
    transport: supabase({ client }),
    callDeadlineMs: 500,
    backoff: { delaysMs: [10], maxAttempts: Number.POSITIVE_INFINITY, jitter: false },
    observe: ({ kind }) => void (kind === 'connection' || kind === 'subscription' ? changes++ : 0),
  })
  onTestFinished(() => subscriber.close())
  const reading = read(subscriber, 'shared:closed')
  await expect.poll(() => changes, wait).toBeGreaterThan(10)
  expect([client.getChannels().length, client.realtime.sendBuffer.length]).toEqual([0, 0])
  endpoint.faults.reset()
  // Node 22's WebSocket does not close when it is refused, and supabase-js waits for that; the README names the way out.
  if (Number.parseInt(process.versions.node, 10) < 24) return
  await append(database, 'shared:closed', 2)
  await expect.poll(() => reading.seqs(), wait).toEqual(upTo(2))
})
