import { describe, expect, it, vi } from 'vitest'
import { ann, bob, connect, listen, ready, rows, startForTest, subscribed, useDatabase, waiting } from './setup.ts'

useDatabase(
  'create table notes (id int4 primary key generated always as identity, owner uuid)',
  'alter table notes enable row level security',
  'create policy own on notes for select to authenticated using (owner = auth.uid())',
  'alter publication supabase_realtime add table notes',
)

it('a token that expires closes its channels, after saying so', async () => {
  const supabase = await startForTest()
  const client = await connect(supabase, { token: once(supabase.token({ sub: ann, expiresInS: 0.7 })) })
  const heard = listen(client.channel('short'), { table: 'notes' })
  await subscribed(heard)
  await vi.waitFor(() => expect(heard.statuses).toContain('CLOSED'), waiting)
  const expired = { extension: 'system', status: 'error', message: 'Token has expired 0 seconds ago', channel: 'short' }
  expect(heard.systems.at(-1)).toEqual(expired)
})

it('a renewed token keeps them open, and readers are told once more that changes come', async () => {
  const supabase = await startForTest()
  let token = supabase.token({ sub: ann, expiresInS: 1 })
  const client = await connect(supabase, { token: () => token })
  const heard = listen(client.channel('long'), { table: 'notes' })
  await ready(heard)
  const other = listen((await connect(supabase, { token: once(token) })).channel('other'))
  token = supabase.token({ sub: ann })
  await client.realtime.setAuth()
  await ready(heard, 2)
  // The other channel's end shows that the old token's time is over.
  await vi.waitFor(() => expect(other.statuses).toContain('CLOSED'), waiting)
  await supabase.sql('insert into notes (owner) values ($1)', [ann])
  await vi.waitFor(() => expect(rows(heard)).toMatchObject([{ owner: ann }]), waiting)
  expect(heard.statuses).toEqual(['SUBSCRIBED'])
})

it('the token of another person changes what is seen', async () => {
  const supabase = await startForTest()
  let token = supabase.token({ sub: ann })
  const client = await connect(supabase, { token: () => token })
  const heard = listen(client.channel('who'), { table: 'notes' })
  await ready(heard)
  token = supabase.token({ sub: bob })
  await client.realtime.setAuth()
  await ready(heard, 2)
  await supabase.sql('insert into notes (owner) values ($1), ($2)', [ann, bob])
  await vi.waitFor(() => expect(rows(heard)).toMatchObject([{ owner: bob }]), waiting)
})

it('without a token of its own, a client is anon', async () => {
  const supabase = await startForTest()
  await supabase.sql('create policy open on notes for select to anon using (owner is null)')
  const heard = listen((await connect(supabase)).channel('anon'), { table: 'notes' })
  await ready(heard)
  await supabase.sql('insert into notes (owner) values ($1), (null)', [ann])
  await vi.waitFor(() => expect(rows(heard)).toMatchObject([{ owner: null }]), waiting)
})

describe('a join is refused', () => {
  it.each([
    ['an expired token', { expiresInS: -5 }, 'InvalidJWTToken: Token has expired 5 seconds ago'],
    ['a token without a role', { role: undefined }, 'InvalidJWTToken: Fields `role` and `exp` are required in JWT'],
  ])('for %s', async (_, claims, reason) => {
    const supabase = await startForTest()
    const client = await connect(supabase, { token: once(supabase.token({ sub: ann, ...claims } as { sub: string })) })
    const heard = listen(client.channel('no'))
    await vi.waitFor(() => expect(heard.errors[0]).toBe(reason), waiting)
  })

  it.each([
    ['nonsense', 'a.b.c', 'MalformedJWT: The token provided is not a valid JWT'],
    ['another secret', undefined, 'JwtSignatureError: Failed to validate JWT signature'],
  ])('for %s', async (_, given, reason) => {
    const [supabase, stranger] = [await startForTest(), await startForTest()]
    const client = await connect(supabase, { token: once(given ?? stranger.token({ sub: ann })) })
    const heard = listen(client.channel('no'))
    await vi.waitFor(() => expect(heard.errors[0]).toBe(reason), waiting)
  })
})

it('REST knows the same tokens and keys', async () => {
  const supabase = await startForTest()
  await supabase.sql('delete from notes')
  await supabase.sql('insert into notes (owner) values ($1), ($2)', [ann, bob])
  const [hers, anyone] = [await connect(supabase, { sub: ann }), await connect(supabase)]
  expect((await hers.from('notes').select('owner').throwOnError()).data).toEqual([{ owner: ann }])
  expect((await anyone.from('notes').select('owner').throwOnError()).data).toEqual([])
  const response = await fetch(`${supabase.url}/rest/v1/notes?select=owner&order=owner`, {
    headers: { apikey: supabase.secretKey, authorization: `Bearer ${supabase.secretKey}` },
  })
  expect(await response.json()).toEqual([{ owner: ann }, { owner: bob }])
})

it('auth signs people up, and their tokens are taken', async () => {
  const supabase = await startForTest()
  const { createClient } = await import('@supabase/supabase-js')
  const client = createClient(supabase.url, supabase.publishableKey, { auth: { persistSession: false } })
  const { data, error } = await client.auth.signUp({ email: 'ann@example.com', password: 'a long password' })
  expect(error).toBeNull()
  await supabase.sql('insert into notes (owner) values ($1)', [data.user?.id])
  const { data: notes } = await client.from('notes').select('owner').throwOnError()
  expect(notes).toEqual([{ owner: data.user?.id }])
  const heard = listen(client.channel('own'), { table: 'notes' })
  await ready(heard)
  await supabase.sql('insert into notes (owner) values ($1), ($2)', [bob, data.user?.id])
  await vi.waitFor(() => expect(rows(heard)).toMatchObject([{ owner: data.user?.id }]), waiting)
  await client.removeAllChannels()
  await client.auth.stopAutoRefresh()
})

const once = (token: string) => () => token
