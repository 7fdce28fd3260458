import { describe, expect, it, vi } from 'vitest'
import { ann, bob, connect, listen, ready, startForTest, useDatabase, waiting } from './setup.ts'

useDatabase(
  'create table notes (id int8 primary key, owner uuid, text text, rank int4)',
  'alter table notes enable row level security',
  'create policy own on notes for all to authenticated using (owner = auth.uid()) with check (owner = auth.uid())',
  `create table kinds (
    id int8 primary key, price numeric, data jsonb, at timestamptz, local timestamp, day date, list int4[], words text[],
    nothing text, yes boolean, ratio float8, bytes bytea, "Odd name" varchar(20)
  )`,
  'create table keyless (text text)',
  'create table whole (id int4 primary key, big text, n int4)',
  'alter table whole replica identity full',
  'create table lazy (id int4 primary key, big text, n int4)',
  'create schema other',
  'create table other.notes (id int4 primary key)',
  'create table unpublished (id int4 primary key)',
  'alter publication supabase_realtime add table notes, kinds, keyless, whole, lazy, other.notes',
)

let next = 1
const id = () => next++

describe.each(['1.0.0', '2.0.0'] as const)('row changes over vsn %s', (vsn) => {
  it('come with their columns, their new and their old values', async () => {
    const supabase = await startForTest()
    const client = await connect(supabase, { sub: ann, vsn })
    const heard = listen(client.channel('notes'), { table: 'notes' })
    await ready(heard)
    const one = id()
    await client.from('notes').insert({ id: one, owner: ann, text: 'a', rank: 1 }).throwOnError()
    await client.from('notes').update({ text: 'b' }).eq('id', one).throwOnError()
    await client.from('notes').delete().eq('id', one).throwOnError()
    await vi.waitFor(() => expect(heard.changes).toHaveLength(3), waiting)
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    const common = { schema: 'public', table: 'notes', commit_timestamp: time, errors: null }
    expect(heard.changes).toEqual([
      { ...common, eventType: 'INSERT', new: { id: one, owner: ann, text: 'a', rank: 1 }, old: {} },
      { ...common, eventType: 'UPDATE', new: { id: one, owner: ann, text: 'b', rank: 1 }, old: { id: one } },
      { ...common, eventType: 'DELETE', new: {}, old: { id: one } },
    ])
  })

  it('are told to those who may see the row; that one was deleted, to all', async () => {
    const supabase = await startForTest()
    const people = [{ sub: ann }, { sub: bob }, {}].map((who) => connect(supabase, { ...who, vsn }))
    const [anns, bobs, anyones] = (await Promise.all(people)).map((client) =>
      listen(client.channel('x'), { table: 'notes' }),
    )
    if (!anns || !bobs || !anyones) throw new Error('nobody')
    await Promise.all([ready(anns), ready(bobs), ready(anyones)])
    const [hers, his] = [id(), id()]
    await supabase.sql('insert into notes values ($1, $2), ($3, $4)', [hers, ann, his, bob])
    await vi.waitFor(() => expect(anns.changes).toMatchObject([{ new: { id: hers } }]), waiting)
    await vi.waitFor(() => expect(bobs.changes).toMatchObject([{ new: { id: his } }]), waiting)
    await supabase.sql('delete from notes where id = $1', [hers])
    const gone = { eventType: 'DELETE', old: { id: hers } }
    await vi.waitFor(() => expect(anns.changes).toMatchObject([{ new: { id: hers } }, gone]), waiting)
    await vi.waitFor(() => expect(bobs.changes).toMatchObject([{ new: { id: his } }, gone]), waiting)
    await vi.waitFor(() => expect(anyones.changes).toMatchObject([gone]), waiting)
  })
})

it('rows of one transaction, and 1,000 of many, come once and in order', async () => {
  const supabase = await startForTest()
  const client = await connect(supabase, { sub: ann })
  const heard = listen(client.channel('many'), { table: 'notes' })
  await ready(heard)
  const from = next
  next += 1_100
  await supabase.sql('insert into notes select n, $1 from generate_series($2::int8, $2::int8 + 99) n', [ann, from])
  await supabase.sql(`do $$ begin
    for n in ${from + 100} .. ${next - 1} loop insert into notes values (n, '${ann}'); commit; end loop;
  end $$`)
  await vi.waitFor(() => expect(heard.changes).toHaveLength(1_100), waiting)
  expect(heard.changes.map(({ new: row }) => (row as { id: number }).id)).toEqual(
    Array.from({ length: 1_100 }, (_, n) => from + n),
  )
})
