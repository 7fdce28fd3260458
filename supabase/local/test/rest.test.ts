import type { SupabaseClient } from '@supabase/supabase-js'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Supabase } from '../src/index.ts'
import { ann, bob, connect, startForTest, useDatabase } from './setup.ts'

useDatabase(
  `create table notes (
    id int4 primary key, owner uuid default auth.uid(), rank int4 check (rank > 0), price numeric, at timestamptz, local timestamp, bytes bytea
  )`,
  'alter table notes enable row level security',
  'create policy own on notes for all to authenticated using (owner = auth.uid()) with check (owner = auth.uid())',
  `create function rows_of(n int4, label text default 'x') returns table (n int4, label text) language sql stable as
   $$ select i, label from generate_series(1, n) i $$`,
  'create function one_note() returns notes language sql stable as $$ select n from notes n limit 1 $$',
  'create function numbers() returns setof int8 language sql stable as $$ select 9007199254740993 union all select 1 $$',
  `create function kind_of(one jsonb, many jsonb[], words text[]) returns text language sql immutable as
   $$ select concat_ws(' ', jsonb_typeof(one), jsonb_typeof(many[1]), words[2]) $$`,
  'create function body(jsonb) returns jsonb language sql immutable as $$ select $1 -> 0 $$',
  'create function nothing() returns void language sql as $$ select 1 $$',
  'create function who() returns text language sql stable as $$ select current_role || coalesce(auth.uid()::text, auth.role()) $$',
  'create function twice(a int4) returns int4 language sql immutable as $$ select 2 * a $$',
  'create function twice(a int4, b int4 default 1) returns int4 language sql immutable as $$ select 2 * a * b $$',
  'create function summed(out sum int4, a int4, b int4 default 2) language sql immutable as $$ select a + b $$',
  `create function writes() returns int4 language sql as $$ insert into notes (id) values (100) returning id $$`,
  `create function fails(state text) returns void language plpgsql as
   $$ begin raise exception 'it failed' using errcode = state, detail = 'the detail', hint = 'the hint'; end $$`,
)

let supabase: Supabase
let client: SupabaseClient

beforeEach(async () => {
  supabase = await startForTest()
  client = await connect(supabase, { sub: ann })
  await supabase.sql('delete from notes')
})

describe('functions', () => {
  it('take their arguments and answer as PostgREST does', async () => {
    const call = async (name: string, args?: object) => (await client.rpc(name, args).throwOnError()).data
    expect(await call('rows_of', { n: 2 })).toEqual([
      { n: 1, label: 'x' },
      { n: 2, label: 'x' },
    ])
    expect(await call('rows_of', { n: 0, label: 'y' })).toEqual([])
    expect(await call('numbers')).toEqual([9007199254740992, 1])
    expect(await call('kind_of', { one: { a: [1] }, many: [{ b: 2 }], words: ['x', 'y,z'] })).toBe('object object y,z')
    expect(await call('body', [{ first: true }])).toEqual({ first: true })
    expect(await call('nothing')).toBeNull()
    expect(await call('summed', { a: 1 })).toBe(3)
    expect(await call('one_note')).toMatchObject({ id: null })
    await client.from('notes').insert({ id: 1 }).throwOnError()
    expect(await call('one_note')).toMatchObject({ id: 1, owner: ann })
  })

  it('run as the one who asks', async () => {
    expect((await client.rpc('who')).data).toBe(`authenticated${ann}`)
    expect((await (await connect(supabase)).rpc('who')).data).toBe('anonanon')
    expect((await client.rpc('writes')).data).toBe(100)
    expect((await (await connect(supabase)).rpc('writes')).error).toMatchObject({ code: '42501' })
  })

  it('are called by GET, for one row, or with a filter', async () => {
    expect((await client.rpc('rows_of', { n: 1, label: 'get' }, { get: true })).data).toEqual([{ n: 1, label: 'get' }])
    expect((await client.rpc('rows_of', { n: 1 }).single()).data).toEqual({ n: 1, label: 'x' })
    expect((await client.rpc('rows_of', { n: 2 }).single()).error).toMatchObject({ code: 'PGRST116' })
    expect((await client.rpc('rows_of', { n: 3 }).gt('n', 1).order('n', { ascending: false })).data).toEqual([
      { n: 3, label: 'x' },
      { n: 2, label: 'x' },
    ])
  })

  it('that are not there, or not clear, are told', async () => {
    expect(await client.rpc('missing', { a: 1 })).toMatchObject({ status: 404, error: { code: 'PGRST202' } })
    expect(await client.rpc('rows_of', { n: 1, other: 2 })).toMatchObject({ status: 404, error: { code: 'PGRST202' } })
    expect(await client.rpc('twice', { a: 1 })).toMatchObject({ status: 300, error: { code: 'PGRST203' } })
    expect((await client.rpc('twice', { a: 1, b: 3 })).data).toBe(6)
  })

  it.each([
    ['P0001', 400],
    ['PT418', 418],
    ['23505', 409],
    ['42501', 403],
    ['40001', 500],
    ['53300', 503],
    ['ST001', 400],
  ])('that fail with %s answer %i', async (state, status) => {
    expect(await client.rpc('fails', { state })).toMatchObject({
      status,
      error: { code: state, message: 'it failed', details: 'the detail', hint: 'the hint' },
    })
  })
})

describe('tables', () => {
  it('have values in the forms of PostgREST', async () => {
    const note = {
      id: 1,
      price: 1.5,
      at: '2026-01-02T03:04:05.1+02:00',
      local: '2026-01-02T03:04:05',
      bytes: '\\xff00',
    }
    const { data } = await client.from('notes').insert(note).select('price, at, local, bytes').single().throwOnError()
    expect(data).toEqual({
      price: 1.5,
      at: '2026-01-02T01:04:05.1+00:00',
      local: '2026-01-02T03:04:05',
      bytes: '\\xff00',
    })
  })

  it('tell what was wrong', async () => {
    await client.from('notes').insert({ id: 1 }).throwOnError()
    expect(await client.from('notes').insert({ id: 1 })).toMatchObject({ status: 409, error: { code: '23505' } })
    expect(await client.from('notes').insert({ id: 2, rank: 0 })).toMatchObject({
      status: 400,
      error: { code: '23514' },
    })
    expect(await client.from('notes').insert({ id: 2, owner: bob })).toMatchObject({
      status: 403,
      error: { code: '42501' },
    })
    expect(await client.from('missing').select()).toMatchObject({ status: 404, error: { code: 'PGRST205' } })
  })

  it('keep the rights that a migration took away', async () => {
    await supabase.sql('create table guarded (id int4 primary key)')
    await supabase.sql('revoke insert, delete on guarded from authenticated')
    expect((await client.from('guarded').select().throwOnError()).data).toEqual([])
    expect(await client.from('guarded').insert({ id: 1 })).toMatchObject({ status: 403, error: { code: '42501' } })
    const rights = await supabase.sql(
      `select has_table_privilege('anon', 'realtime.messages', 'delete') or
        has_table_privilege('anon', 'realtime.local_migrations', 'select') as more`,
    )
    expect(rights).toEqual([{ more: false }])
    await supabase.sql('drop table guarded')
  })

  it('and functions that are made later are there at once, with their row security', async () => {
    await client.from('notes').select().throwOnError()
    await supabase.sql('create table if not exists later (id int4 primary key)')
    await supabase.sql('alter table later enable row level security')
    await supabase.sql('insert into later values (1)')
    expect((await client.from('later').select().throwOnError()).data).toEqual([])
    await supabase.sql('create policy open on later for select using (true)')
    expect((await client.from('later').select().throwOnError()).data).toEqual([{ id: 1 }])
    await supabase.sql('create function late() returns int4 language sql as $$ select 7 $$')
    expect((await client.rpc('late').throwOnError()).data).toBe(7)
    await supabase.sql('drop table later')
    expect((await client.from('later').select()).error).toMatchObject({ code: 'PGRST205' })
  })
})

it.each([
  ['no key', {}, 401, 'No API key found in request'],
  ['a wrong key', { apikey: 'wrong' }, 401, 'Invalid API key'],
])('%s is refused', async (_, headers, status, message) => {
  const response = await fetch(`${supabase.url}/rest/v1/rpc/who`, { method: 'POST', headers })
  expect([response.status, await response.json()]).toEqual([status, { message }])
})

it('an expired token is told as that, to the fraction of a second', async () => {
  const token = supabase.token({ sub: ann, expiresInS: 0.2 })
  const brief = await connect(supabase, { token: () => token })
  await expect
    .poll(() => brief.rpc('who'), { timeout: 5_000 })
    .toMatchObject({ status: 401, error: { code: 'PGRST303' } })
  expect(await brief.from('notes').select()).toMatchObject({ status: 401, error: { code: 'PGRST303' } })
})
