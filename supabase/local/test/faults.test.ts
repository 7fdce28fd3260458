import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Supabase } from '../src/index.ts'
import { ann, connect, listen, ready, rows, startForTest, subscribed, useDatabase, waiting } from './setup.ts'

useDatabase(
  'create table notes (id int4 primary key, text text)',
  'alter publication supabase_realtime add table notes',
  'create policy all_may on realtime.messages for select using (true)',
)

let supabase: Supabase
let next = 1

beforeEach(async () => {
  supabase = await startForTest()
})

const follow = async (name = 'notes') => {
  const heard = listen((await connect(supabase)).channel(name), { table: 'notes' })
  await ready(heard)
  return heard
}

const insert = async (count = 1) => {
  const ids = Array.from({ length: count }, () => next++)
  for (const id of ids) await supabase.sql('insert into notes values ($1, $2)', [id, 'text'.repeat(30)])
  return ids
}

describe('row changes', () => {
  it('the next ones can be dropped', async () => {
    const heard = await follow()
    supabase.faults.dropChanges(2)
    const [, , third] = await insert(3)
    await vi.waitFor(() => expect(rows(heard)).toMatchObject([{ id: third }]), waiting)
  })

  it('those can be dropped that a test picks, until it ends that', async () => {
    const heard = await follow()
    const end = supabase.faults.dropChanges(({ type, row }) => type === 'INSERT' && Number(row?.id) % 2 === 0)
    const ids = await insert(4)
    const odd = ids.filter((id) => id % 2 === 1).map((id) => ({ id }))
    await vi.waitFor(() => expect(rows(heard)).toMatchObject(odd), waiting)
    end()
    const more = await insert(2)
    await vi.waitFor(() => expect(rows(heard)).toMatchObject([...odd, ...more.map((id) => ({ id }))]), waiting)
  })

  it('can be cut, as large ones are', async () => {
    const heard = await follow()
    supabase.faults.cutChanges(1)
    const [one, two] = await insert(2)
    await vi.waitFor(() => expect(heard.changes).toHaveLength(2), waiting)
    expect(heard.changes[0]).toMatchObject({ errors: ['Error 413: Payload Too Large'] })
    expect(rows(heard)).toEqual([{ id: one }, { id: two, text: 'text'.repeat(30) }])
  })

  it('can begin late', async () => {
    const end = supabase.faults.delayReady(3_600_000)
    const heard = listen((await connect(supabase)).channel('late'), { table: 'notes' })
    await subscribed(heard)
    await insert()
    end()
    const prompt = await follow('prompt')
    const [id] = await insert()
    await vi.waitFor(() => expect(rows(prompt)).toMatchObject([{ id }]), waiting)
    expect([heard.systems, heard.changes]).toEqual([[], []])
  })

  it('are lost while the replication starts anew, and every reader is told that it did', async () => {
    const [one, two] = [await follow('one'), await follow('two')]
    await supabase.faults.restartReplication(() => insert())
    await Promise.all([ready(one, 2), ready(two, 2)])
    const [id] = await insert()
    for (const heard of [one, two]) await vi.waitFor(() => expect(rows(heard)).toMatchObject([{ id }]), waiting)
    expect([one.statuses, two.statuses]).toEqual([['SUBSCRIBED'], ['SUBSCRIBED']])
  })

  it('come again, after a word, when the database ended the replication itself', async () => {
    const heard = await follow()
    await supabase.sql(`select pg_terminate_backend(active_pid) from pg_replication_slots where active`)
    await ready(heard, 2)
    const [id] = await insert()
    await vi.waitFor(() => expect(rows(heard)).toMatchObject([{ id }]), waiting)
  })
})

it('broadcasts can be dropped, of clients and of the database', async () => {
  const [one, two] = [listen((await connect(supabase)).channel('a')), listen((await connect(supabase)).channel('a'))]
  await Promise.all([subscribed(one), subscribed(two)])
  supabase.faults.dropBroadcasts(({ topic, event }) => topic === 'a' && event === 'no')
  await one.channel.send({ type: 'broadcast', event: 'no', payload: {} })
  await supabase.sql(`select realtime.send('{}', 'no', 'a', false), realtime.send('{}', 'yes', 'a', false)`)
  await vi.waitFor(() => expect(two.broadcasts).toMatchObject([{ event: 'yes' }]), waiting)
})

describe('channels', () => {
  it('of one topic, or all, can be closed for good', async () => {
    const client = await connect(supabase)
    const [a, b] = [listen(client.channel('a')), listen(client.channel('b'))]
    await Promise.all([subscribed(a), subscribed(b)])
    expect(supabase.faults.closeChannels({ topic: 'a', message: 'Too many messages per second' })).toBe(1)
    await vi.waitFor(() => expect(a.statuses).toEqual(['SUBSCRIBED', 'CLOSED']), waiting)
    expect(a.systems).toMatchObject([{ extension: 'system', status: 'error', message: 'Too many messages per second' }])
    expect(b.statuses).toEqual(['SUBSCRIBED'])
    expect(supabase.faults.closeChannels()).toBe(1)
    await vi.waitFor(() => expect(b.statuses).toEqual(['SUBSCRIBED', 'CLOSED']), waiting)
    expect(b.systems).toEqual([])
  })

  it('can be refused, with any reason', async () => {
    const reason = "DatabaseLackOfConnections: Database can't accept more connections, Realtime won't connect"
    const end = supabase.faults.refuseJoins(reason, ({ topic }) => topic === 'a')
    const client = await connect(supabase)
    const [a, b] = [listen(client.channel('a')), listen(client.channel('b'))]
    await subscribed(b)
    await vi.waitFor(() => expect(a.errors[0]).toBe(reason), waiting)
    expect(a.statuses[0]).toBe('CHANNEL_ERROR')
    end()
    await subscribed(a)
  })

  it('can be refused only a few times', async () => {
    supabase.faults.refuseJoins('InitializingProjectConnection: Connecting to the project database', 1)
    const heard = listen((await connect(supabase)).channel('a'))
    await subscribed(heard)
    expect(heard.statuses).toEqual(['CHANNEL_ERROR', 'SUBSCRIBED'])
  })

  it('can be let in late', async () => {
    const end = supabase.faults.delayAnswers({ joins: 3_600_000 })
    const late = (await connect(supabase)).channel('late')
    const statuses: string[] = []
    late.subscribe((status) => void statuses.push(status), 300)
    await vi.waitFor(() => expect(statuses).toContain('TIMED_OUT'), waiting)
    end()
    await subscribed(listen((await connect(supabase)).channel('prompt')))
  })
})

it('REST can answer late', async () => {
  const client = await connect(supabase, { sub: ann })
  const end = supabase.faults.delayAnswers({ rest: 300 })
  const started = performance.now()
  await client.from('notes').select().throwOnError()
  expect(performance.now() - started).toBeGreaterThan(290)
  end()
  const cut = supabase.faults.delayAnswers({ rest: 3_600_000 })
  const { error } = await client.from('notes').select().abortSignal(AbortSignal.timeout(100))
  expect(error?.message).toMatch(/abort|timeout/i)
  cut()
})

describe('connections', () => {
  it('can be cut: the client comes again by itself, and joins again', async () => {
    const heard = await follow()
    expect(supabase.faults.cutSockets()).toBe(1)
    await ready(heard, 2)
    expect(heard.statuses).toEqual(['SUBSCRIBED', 'CHANNEL_ERROR', 'SUBSCRIBED'])
    const [id] = await insert()
    await vi.waitFor(() => expect(rows(heard)).toMatchObject([{ id }]), waiting)
  })

  it('can be refused', async () => {
    const end = supabase.faults.refuseConnections(503)
    const heard = listen((await connect(supabase)).channel('a'))
    await vi.waitFor(() => expect(heard.statuses).toContain('CHANNEL_ERROR'), waiting)
    end()
    // Another one, since the WebSocket of Node 22 does not tell its client that it may try again.
    await subscribed(listen((await connect(supabase)).channel('a')))
  })

  it('can fall silent: no heartbeat is answered', async () => {
    const { createClient } = await import('@supabase/supabase-js')
    const beats: string[] = []
    const client = createClient(supabase.url, supabase.publishableKey, {
      realtime: { heartbeatIntervalMs: 200, heartbeatCallback: (status) => void beats.push(status) },
    })
    const heard = listen(client.channel('silent'), { table: 'notes' })
    await ready(heard)
    await vi.waitFor(() => expect(beats).toContain('ok'), waiting)
    const end = supabase.faults.silence()
    await insert()
    await vi.waitFor(() => expect(beats).toContain('timeout'), waiting)
    end()
    await ready(heard, 2)
    expect(heard.changes).toEqual([])
    await client.removeAllChannels()
  })
})

it('reset ends all of them', async () => {
  supabase.faults.dropChanges(() => true)
  supabase.faults.cutChanges(() => true)
  supabase.faults.dropBroadcasts(() => true)
  supabase.faults.delayReady(3_600_000)
  supabase.faults.delayAnswers({ rest: 3_600_000, joins: 3_600_000 })
  supabase.faults.refuseJoins('RealtimeRestarting: Realtime is restarting, please standby')
  supabase.faults.refuseConnections(503)
  supabase.faults.silence()
  supabase.faults.reset()
  const heard = await follow()
  const client = await connect(supabase, { sub: ann })
  await client.from('notes').insert({ id: 100_000 }).throwOnError()
  await supabase.sql(`select realtime.send('{}', 'yes', 'notes', false)`)
  await vi.waitFor(() => expect(rows(heard)).toEqual([{ id: 100_000, text: null }]), waiting)
  await vi.waitFor(() => expect(heard.broadcasts).toMatchObject([{ event: 'yes' }]), waiting)
})
