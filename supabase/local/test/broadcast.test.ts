import type { SupabaseClient } from '@supabase/supabase-js'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Supabase } from '../src/index.ts'
import { ann, bob, connect, type Heard, listen, startForTest, subscribed, useDatabase, waiting } from './setup.ts'

useDatabase(
  'create table members (topic text, member uuid, may_write boolean)',
  `create policy hear on realtime.messages for select to authenticated
   using (exists (select from members where topic = realtime.topic() and member = auth.uid()))`,
  `create policy broken on realtime.messages as restrictive for select to authenticated
   using (realtime.topic() <> 'broken' or 1 / (select count(*) from members where false) = 1)`,
  `create policy say on realtime.messages for insert to authenticated
   with check (exists (select from members where topic = realtime.topic() and member = auth.uid() and may_write))`,
  'create table posts (id int4 primary key, text text)',
  `create function told() returns trigger security definer language plpgsql as $$ begin
    perform realtime.broadcast_changes('posts', tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
    return null;
  end $$`,
  'create trigger told after insert or update or delete on posts for each row execute function told()',
)

let supabase: Supabase

beforeEach(async () => {
  supabase = await startForTest()
})

const payloads = ({ broadcasts }: Heard) => broadcasts.map(({ event, payload }) => ({ event, payload }))

const secret = (client: SupabaseClient, topic: string, ack = false) =>
  client.channel(topic, { config: { private: true, broadcast: { ack, self: true } } })

describe.each([
  ['1.0.0', '1.0.0'],
  ['1.0.0', '2.0.0'],
  ['2.0.0', '1.0.0'],
  ['2.0.0', '2.0.0'],
] as const)('a client of vsn %s and one of vsn %s', (from, to) => {
  it('hear each other, and themselves if they want to', async () => {
    const [one, two] = await Promise.all([connect(supabase, { vsn: from }), connect(supabase, { vsn: to })])
    const first = listen(one.channel('room', { config: { broadcast: { self: true, ack: true } } }))
    const second = listen(two.channel('room'))
    await Promise.all([subscribed(first), subscribed(second)])
    const payload = { text: 'hé', n: 1 }
    expect(await first.channel.send({ type: 'broadcast', event: 'said', payload })).toBe('ok')
    await second.channel.send({ type: 'broadcast', event: 'heard', payload })
    await vi.waitFor(() => expect(first.broadcasts).toHaveLength(2), waiting)
    expect(payloads(first)).toEqual([
      { event: 'said', payload },
      { event: 'heard', payload },
    ])
    expect(payloads(second)).toEqual([{ event: 'said', payload }])
  })
})

it('bytes go from client to client', async () => {
  const [one, two] = await Promise.all([connect(supabase), connect(supabase)])
  const [first, second] = [listen(one.channel('bytes')), listen(two.channel('bytes'))]
  await Promise.all([subscribed(first), subscribed(second)])
  await first.channel.send({ type: 'broadcast', event: 'raw', payload: new Uint8Array([1, 2, 255]).buffer })
  await vi.waitFor(() => expect(second.broadcasts).toHaveLength(1), waiting)
  expect(new Uint8Array(second.broadcasts[0]?.payload as ArrayBuffer)).toEqual(new Uint8Array([1, 2, 255]))
})

it('a topic hears only its own', async () => {
  const client = await connect(supabase)
  const [here, there] = [listen(client.channel('here')), listen((await connect(supabase)).channel('there'))]
  const listener = listen((await connect(supabase)).channel('here'))
  await Promise.all([subscribed(here), subscribed(there), subscribed(listener)])
  await here.channel.send({ type: 'broadcast', event: 'one', payload: {} })
  await vi.waitFor(() => expect(listener.broadcasts).toHaveLength(1), waiting)
  expect(there.broadcasts).toEqual([])
})

it('over HTTP, without joining', async () => {
  const heard = listen((await connect(supabase)).channel('http'))
  await subscribed(heard)
  const other = (await connect(supabase)).channel('http')
  expect(await other.httpSend('single', { a: 1 })).toEqual({ success: true })
  const response = await fetch(`${supabase.url}/realtime/v1/api/broadcast`, {
    method: 'POST',
    headers: { apikey: supabase.secretKey, 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [{ topic: 'http', event: 'many', payload: { b: 2 } }] }),
  })
  expect(response.status).toBe(202)
  await vi.waitFor(() => expect(heard.broadcasts).toHaveLength(2), waiting)
  expect(payloads(heard)).toEqual([
    { event: 'single', payload: { a: 1 } },
    { event: 'many', payload: { b: 2 } },
  ])
})

it('over HTTP, wrong ones are refused', async () => {
  const post = (body: unknown, apikey = supabase.secretKey) =>
    fetch(`${supabase.url}/realtime/v1/api/broadcast`, {
      method: 'POST',
      headers: { apikey },
      body: JSON.stringify(body),
    })
  expect((await post({ messages: [] })).status).toBe(422)
  expect((await post({ messages: [{ topic: 'a', event: 'b' }] })).status).toBe(422)
  expect((await post({ messages: [] }, 'nonsense')).status).toBe(401)
})

describe('of the database', () => {
  it('public ones reach everybody, private ones the members', async () => {
    await supabase.sql('insert into members values ($1, $2)', ['db', ann])
    const [member, anyone] = [await connect(supabase, { sub: ann }), await connect(supabase)]
    const inside = listen(secret(member, 'db'))
    const outside = listen(anyone.channel('db'))
    await Promise.all([subscribed(inside), subscribed(outside)])
    await supabase.sql(`select realtime.send('{"n": 12345678901234567890}', 'open', 'db', false)`)
    await supabase.sql(`select realtime.send('{"id": "mine"}', 'closed', 'db')`)
    await vi.waitFor(() => expect(inside.broadcasts).toHaveLength(1), waiting)
    await vi.waitFor(() => expect(outside.broadcasts).toHaveLength(1), waiting)
    const id = expect.stringMatching(/^[0-9a-f-]{36}$/)
    expect(inside.broadcasts).toEqual([{ type: 'broadcast', event: 'closed', payload: { id: 'mine' }, meta: { id } }])
    expect(outside.broadcasts).toMatchObject([{ event: 'open', payload: { id }, meta: { id } }])
  })

  it('changes of rows by a trigger', async () => {
    await supabase.sql('insert into members values ($1, $2)', ['posts', ann])
    const heard = listen(secret(await connect(supabase, { sub: ann, vsn: '1.0.0' }), 'posts'))
    await subscribed(heard)
    await supabase.sql(`insert into posts values (1, 'a')`)
    await supabase.sql(`update posts set text = 'b'`)
    await supabase.sql('delete from posts')
    await vi.waitFor(() => expect(heard.broadcasts).toHaveLength(3), waiting)
    const [a, b] = [
      { id: 1, text: 'a' },
      { id: 1, text: 'b' },
    ]
    const about = { schema: 'public', table: 'posts' }
    expect(payloads(heard)).toMatchObject([
      { event: 'INSERT', payload: { ...about, operation: 'INSERT', record: a, old_record: null } },
      { event: 'UPDATE', payload: { ...about, operation: 'UPDATE', record: b, old_record: a } },
      { event: 'DELETE', payload: { ...about, operation: 'DELETE', record: null, old_record: b } },
    ])
  })

  it('who wants to know is told when they come', async () => {
    const end = supabase.faults.delayReady(3_600_000)
    const late = listen(
      (await connect(supabase)).channel('late', { config: { broadcast: { replication_ready: true } } }),
    )
    await subscribed(late)
    end()
    let told: Heard | undefined
    await supabase.faults.restartReplication(async () => {
      const channel = (await connect(supabase)).channel('told', { config: { broadcast: { replication_ready: true } } })
      told = listen(channel)
      await subscribed(told)
      expect(told.systems).toEqual([])
    })
    await vi.waitFor(() => expect(told?.systems).toHaveLength(1), waiting)
    expect(told?.systems).toMatchObject([
      { extension: 'system', status: 'ok', message: 'Replication connection established' },
    ])
    expect(late.systems).toEqual([])
  })

  it('one that was taken back was never sent', async () => {
    const heard = listen((await connect(supabase)).channel('back'))
    await subscribed(heard)
    await expect(
      supabase.sql(`select realtime.send('{}', 'no', 'back', false), 1 / (select count(*) from members where false)`),
    ).rejects.toThrow('division by zero')
    await supabase.sql(`select realtime.send('{}', 'yes', 'back', false)`)
    await vi.waitFor(() => expect(payloads(heard)).toMatchObject([{ event: 'yes' }]), waiting)
  })
})

describe('private topics', () => {
  it('are closed to those whom no policy lets in', async () => {
    const heard = listen(secret(await connect(supabase, { sub: bob }), 'club'))
    await vi.waitFor(() => expect(heard.statuses).toContain('CHANNEL_ERROR'), waiting)
    expect(heard.errors[0]).toBe('Unauthorized: You do not have permissions to read from this Channel topic: club')
  })

  it('are closed by a policy that fails', async () => {
    await supabase.sql('insert into members values ($1, $2)', ['broken', ann])
    const heard = listen(secret(await connect(supabase, { sub: ann }), 'broken'))
    await vi.waitFor(() => expect(heard.errors[0]).toMatch(/^Unauthorized: /), waiting)
  })

  it('may be read by one and written by another', async () => {
    await supabase.sql('insert into members values ($1, $2, true), ($1, $3, false)', ['club', ann, bob])
    const speaker = listen(secret(await connect(supabase, { sub: ann }), 'club', true))
    const reader = listen(secret(await connect(supabase, { sub: bob }), 'club'))
    await Promise.all([subscribed(speaker), subscribed(reader)])
    await reader.channel.send({ type: 'broadcast', event: 'no', payload: {} })
    expect(await speaker.channel.send({ type: 'broadcast', event: 'yes', payload: {} })).toBe('ok')
    await vi.waitFor(() => expect(reader.broadcasts).toHaveLength(1), waiting)
    expect(payloads(speaker)).toEqual([{ event: 'yes', payload: {} }])
  })

  it('are left by one who lost the right, when the token changes', async () => {
    await supabase.sql('insert into members values ($1, $2)', ['was', ann])
    let token = supabase.token({ sub: ann })
    const client = await connect(supabase, { token: () => token })
    const heard = listen(secret(client, 'was'))
    await subscribed(heard)
    await supabase.sql('delete from members where topic = $1', ['was'])
    await supabase.sql(`select realtime.send('{}', 'still', 'was')`)
    await vi.waitFor(() => expect(heard.broadcasts).toHaveLength(1), waiting)
    token = supabase.token({ sub: ann, expiresInS: 1800 })
    await client.realtime.setAuth()
    await vi.waitFor(() => expect(heard.statuses).toContain('CLOSED'), waiting)
    expect(heard.systems).toMatchObject([
      {
        extension: 'system',
        status: 'error',
        message: 'You do not have permissions to read from this Channel topic: was',
      },
    ])
  })
})
