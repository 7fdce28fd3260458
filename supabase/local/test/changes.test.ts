import { RealtimePostgresFilterBuilder } from '@supabase/realtime-js'
import { describe, expect, it, vi } from 'vitest'
import { ann, bob, connect, listen, ready, rows, startForTest, useDatabase, waiting } from './setup.ts'

useDatabase(
  'create table notes (id int8 primary key, owner uuid, text text, rank int4)',
  'alter table notes enable row level security',
  'create policy own on notes for all to authenticated using (owner = auth.uid()) with check (owner = auth.uid())',
  `create table kinds (
    id int8 primary key, price numeric, data jsonb, at timestamptz, local timestamp, day date, list int4[], words text[],
    nothing text, yes boolean, ratio float8, bytes bytea, twice numeric generated always as (price * 2) stored, "Odd name" varchar(20)
  )`,
  'create table keyless (text text)',
  'create table whole (id int4 primary key, big text, n int4)',
  'alter table whole replica identity full',
  'create table lazy (id int4 primary key, big text, n int4)',
  'create schema other',
  'create table other.notes (id int4 primary key)',
  'grant usage on schema other to anon',
  'grant select on other.notes to anon',
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

it('many writers at once: each row comes once, although its commit may be told before it can be seen', async () => {
  const supabase = await startForTest()
  const heard = listen((await connect(supabase, { sub: ann })).channel('busy'), { table: 'notes' })
  await ready(heard)
  const ids = Array.from({ length: 400 }, id)
  await Promise.all(ids.map((one) => supabase.sql('insert into notes values ($1, $2)', [one, ann])))
  await vi.waitFor(() => expect(heard.changes).toHaveLength(ids.length), waiting)
  expect(heard.changes.map(({ new: row }) => (row as { id: number }).id).sort((a, b) => a - b)).toEqual(ids)
})

it('a row that is changed again before it was looked at is judged as it is then', async () => {
  const supabase = await startForTest({ pollMs: 100 })
  const heard = listen((await connect(supabase, { sub: ann })).channel('late'), { table: 'notes' })
  await ready(heard)
  const [kept, given] = [id(), id()]
  await supabase.sql('insert into notes values ($1, $2), ($3, $2)', [kept, ann, given])
  await supabase.sql('update notes set owner = $1 where id = $2', [bob, given])
  await supabase.sql('update notes set rank = 1 where id = $1', [kept])
  await vi.waitFor(() => expect(heard.changes.at(-1)).toMatchObject({ eventType: 'UPDATE', new: { rank: 1 } }), waiting)
  expect(heard.changes).toMatchObject([{ new: { id: kept, rank: null } }, { new: { id: kept, rank: 1 } }])
})

describe('filters', () => {
  const filter = () => new RealtimePostgresFilterBuilder()
  const words = ['apple', 'Apricot', 'b,c', 'say "hi" (now)', ' blank ', null]

  it.each<[string, string, (string | null)[]]>([
    ['eq', filter().eq('text', 'apple').build(), ['apple']],
    ['neq', filter().neq('text', 'apple').build(), ['Apricot', 'b,c', 'say "hi" (now)', ' blank ']],
    ['a quoted comma', filter().eq('text', 'b,c').build(), ['b,c']],
    ['quotes and parentheses', filter().eq('text', 'say "hi" (now)').build(), ['say "hi" (now)']],
    ['blanks', filter().eq('text', ' blank ').build(), [' blank ']],
    ['in', filter().in('text', ['apple', 'b,c', 'say "hi" (now)']).build(), ['apple', 'b,c', 'say "hi" (now)']],
    ['like', filter().like('text', 'a%').build(), ['apple']],
    ['ilike', filter().ilike('text', 'a%').build(), ['apple', 'Apricot']],
    ['match', filter().match('text', '^[ab]').build(), ['apple', 'b,c']],
    ['imatch', filter().imatch('text', '^A.*t$').build(), ['Apricot']],
    ['is', filter().is('text', null).build(), [null]],
    [
      'not',
      filter().not('text', 'is', null).not('text', 'in', ['apple', 'b,c']).build(),
      ['Apricot', 'say "hi" (now)', ' blank '],
    ],
    ['isdistinct', filter().isDistinct('text', 'apple').build(), ['Apricot', 'b,c', 'say "hi" (now)', ' blank ', null]],
    ['lt and gte together', filter().lt('rank', 4).gte('rank', 1).build(), ['Apricot', 'b,c', 'say "hi" (now)']],
    ['gt and lte', 'rank=gt.3,rank=lte.4', [' blank ']],
    ['nothing', filter().build(), words],
  ])('%s', async (_, wanted, expected) => {
    const supabase = await startForTest()
    const heard = listen((await connect(supabase, { sub: ann })).channel('some'), { table: 'notes', filter: wanted })
    await ready(heard)
    for (const [rank, text] of words.entries())
      await supabase.sql('insert into notes values ($1, $2, $3, $4)', [id(), ann, text, rank])
    await vi.waitFor(() => expect(rows(heard)).toMatchObject(expected.map((text) => ({ text }))), waiting)
  })

  it.each([
    ['text=foo.hey', 'Error parsing `filter` params: ["foo", "hey"]'],
    ['undefined', 'Error parsing `filter` params: ["undefined"]'],
    ['text=eq.a,', 'Error parsing `filter` params: filter must not contain empty segments (check for extra commas)'],
    ['text=in.a', 'Error parsing `filter` params: `in` filter value must be wrapped by parentheses'],
    [
      'nothing=eq.1',
      /^Unable to subscribe .* filters: \[{"nothing", "eq", "1", false}\], select: nil\]. .*invalid column for filter nothing$/,
    ],
    ['rank=eq.one', /invalid input syntax for type integer: "one"$/],
    [`rank=in.(${Array.from({ length: 101 }, (_, n) => n)})`, /too many values for `in` filter. Maximum 100$/],
    ['rank=is.maybe', /invalid value for is filter: must be null, true, false, or unknown$/],
  ])('%s is refused by a system message', async (wanted, reason) => {
    const supabase = await startForTest()
    const heard = listen((await connect(supabase, { sub: ann })).channel('wrong'), { table: 'notes', filter: wanted })
    await vi.waitFor(() => expect(heard.systems).toHaveLength(1), waiting)
    const message = typeof reason === 'string' ? reason : expect.stringMatching(reason)
    expect(heard.systems).toEqual([{ channel: 'wrong', extension: 'postgres_changes', status: 'error', message }])
    expect(heard.statuses).toEqual(['SUBSCRIBED'])
  })

  it('a deletion is judged by what is known of the row: its key', async () => {
    const supabase = await startForTest()
    const client = await connect(supabase, { sub: ann })
    const [one, two] = [id(), id()]
    const byKey = listen(client.channel('key'), { table: 'notes', filter: `id=eq.${one}`, event: 'DELETE' })
    const byText = listen(client.channel('text'), { table: 'notes', filter: 'text=eq.a', event: 'DELETE' })
    await Promise.all([ready(byKey), ready(byText)])
    await supabase.sql('insert into notes (id, owner, text) values ($1, $2, $3), ($4, $2, $3)', [one, ann, 'a', two])
    await supabase.sql('delete from notes where id in ($1, $2)', [two, one])
    await vi.waitFor(() => expect(byKey.changes).toMatchObject([{ old: { id: one } }]), waiting)
    expect(byText.changes).toEqual([])
  })
})

it('values of all kinds come as the client of Supabase makes them of what Realtime sends', async () => {
  const supabase = await startForTest()
  const heard = listen((await connect(supabase)).channel('kinds'), { table: 'kinds' })
  await ready(heard)
  await supabase.sql(
    `insert into kinds values (9007199254740993, 12345678901234567890.10, '{"a": [1, null]}', '2026-01-02 03:04:05.678901+02',
     '2026-01-02 03:04:05', '2026-01-02', '{1,2}', '{"a,b","c"}', null, true, 'NaN', '\\xff00', default, 'hé')`,
  )
  await vi.waitFor(() => expect(heard.changes).toHaveLength(1), waiting)
  expect(rows(heard)[0]).toEqual({
    id: 9007199254740992,
    price: 12345678901234567000,
    data: { a: [1, null] },
    at: '2026-01-02T01:04:05.678901+00:00',
    local: '2026-01-02T03:04:05',
    day: '2026-01-02',
    list: [1, 2],
    words: ['a,b', 'c'],
    nothing: null,
    yes: true,
    ratio: null,
    bytes: 'ff00',
    twice: 24691357802469134000,
    'Odd name': 'hé',
  })
})

it('only the wanted columns, and the key', async () => {
  const supabase = await startForTest()
  const channel = (await connect(supabase)).channel('select')
  const heard = listen(channel, { table: 'kinds', select: ['yes'] })
  await ready(heard)
  const one = id()
  await supabase.sql('insert into kinds (id, yes, day) values ($1, true, now())', [one])
  await vi.waitFor(() => expect(rows(heard)).toEqual([{ id: one, yes: true }]), waiting)
})

it('a large value that did not change is only told where the old row is', async () => {
  const supabase = await startForTest()
  const client = await connect(supabase)
  const whole = listen(client.channel('whole'), { table: 'whole', event: 'UPDATE' })
  const lazy = listen(client.channel('lazy'), { table: 'lazy', event: 'UPDATE' })
  await Promise.all([ready(whole), ready(lazy)])
  const large = `(select string_agg(md5(n::text), '') from generate_series(1, 1000) n)`
  for (const table of ['whole', 'lazy']) {
    await supabase.sql(`insert into ${table} values (1, ${large}, 1)`)
    await supabase.sql(`update ${table} set n = 2`)
  }
  await vi.waitFor(() => expect([...whole.changes, ...lazy.changes]).toHaveLength(2), waiting)
  const big = expect.stringMatching(/^[0-9a-f]{32000}$/)
  expect(whole.changes).toMatchObject([{ new: { id: 1, n: 2, big }, old: { id: 1, n: 1, big } }])
  expect(lazy.changes[0]?.new).toEqual({ id: 1, n: 2 })
  expect(lazy.changes[0]?.old).toEqual({ id: 1 })
})

it('a row over 1 MiB comes with its short values only, and says so', async () => {
  const supabase = await startForTest()
  const heard = listen((await connect(supabase)).channel('large'), { table: 'lazy', event: 'INSERT' })
  await ready(heard)
  await supabase.sql(`insert into lazy values (2, repeat('x', 1100000), null)`)
  await vi.waitFor(() => expect(heard.changes).toHaveLength(1), waiting)
  expect(heard.changes[0]).toMatchObject({ errors: ['Error 413: Payload Too Large'], new: { id: 2 } })
  expect(rows(heard)[0]).toEqual({ id: 2 })
})

it('a value that is cut is not told as it was before', async () => {
  const supabase = await startForTest()
  const heard = listen((await connect(supabase)).channel('grown'), { table: 'whole', event: 'UPDATE' })
  await ready(heard)
  await supabase.sql(`insert into whole values (2, 'small', 1)`)
  await supabase.sql(`update whole set big = repeat('x', 1100000) where id = 2`)
  await vi.waitFor(() => expect(heard.changes).toHaveLength(1), waiting)
  expect(heard.changes[0]?.new).toEqual({ id: 2, n: 1 })
  expect(heard.changes[0]?.old).toEqual({ id: 2, n: 1, big: 'small' })
})

it('a table without a primary key only says that it has none', async () => {
  const supabase = await startForTest()
  const heard = listen((await connect(supabase)).channel('keyless'), { table: 'keyless' })
  await ready(heard)
  await supabase.sql(`insert into keyless values ('a')`)
  const errors = ['Error 400: Bad Request, no primary key']
  await vi.waitFor(() => expect(heard.changes).toMatchObject([{ eventType: 'INSERT', errors, new: {} }]), waiting)
})

it('a key that the role may not read is told as that', async () => {
  const supabase = await startForTest()
  await supabase.sql('create table secret (id int4 primary key)')
  await supabase.sql('alter publication supabase_realtime add table secret')
  await supabase.sql('revoke select on secret from anon')
  const heard = listen((await connect(supabase)).channel('secret'), { table: 'secret' })
  await ready(heard)
  await supabase.sql('insert into secret values (1)')
  await vi.waitFor(
    () => expect(heard.changes).toMatchObject([{ errors: ['Error 401: Unauthorized'], new: {} }]),
    waiting,
  )
})

it('all tables of a schema, or of all', async () => {
  const supabase = await startForTest()
  const client = await connect(supabase)
  const schema = listen(client.channel('schema'), { schema: 'other' })
  const all = listen(client.channel('all'), { schema: '*' })
  await Promise.all([ready(schema), ready(all)])
  const one = id()
  await supabase.sql('insert into other.notes values ($1)', [one])
  const change = { schema: 'other', table: 'notes', new: { id: one } }
  await vi.waitFor(() => expect([schema.changes, all.changes]).toMatchObject([[change], [change]]), waiting)
})

it('several wishes of one channel are told apart', async () => {
  const supabase = await startForTest()
  const channel = (await connect(supabase)).channel('two')
  const inserts: unknown[] = []
  channel.on(
    'postgres_changes',
    { event: 'INSERT', schema: 'other', table: 'notes' },
    (change) => void inserts.push(change),
  )
  const heard = listen(channel, { schema: 'other', table: 'notes', event: 'DELETE' })
  await ready(heard)
  const one = id()
  await supabase.sql('insert into other.notes values ($1)', [one])
  await supabase.sql('delete from other.notes where id = $1', [one])
  await vi.waitFor(() => expect(heard.changes).toMatchObject([{ eventType: 'DELETE' }]), waiting)
  expect(inserts).toMatchObject([{ eventType: 'INSERT', new: { id: one } }])
})

it('a table that is not in the publication is refused by a system message', async () => {
  const supabase = await startForTest()
  const heard = listen((await connect(supabase)).channel('none'), { table: 'unpublished' })
  await vi.waitFor(() => expect(heard.systems).toHaveLength(1), waiting)
  expect(heard.systems[0]).toMatchObject({
    status: 'error',
    message:
      'Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect parameters: [event: *, schema: public, table: unpublished, filters: [], select: nil]',
  })
})

it('the alteration of a table under readers goes on', async () => {
  const supabase = await startForTest()
  await supabase.sql('create table growing (id int4 primary key)')
  await supabase.sql('alter publication supabase_realtime add table growing')
  const heard = listen((await connect(supabase)).channel('growing'), { table: 'growing' })
  await ready(heard)
  await supabase.sql('insert into growing values (1)')
  await vi.waitFor(() => expect(rows(heard)).toEqual([{ id: 1 }]), waiting)
  await supabase.sql(`alter table growing add column text text default 'a'`)
  await supabase.sql('insert into growing values (2)')
  await vi.waitFor(() => expect(rows(heard)).toEqual([{ id: 1 }, { id: 2, text: 'a' }]), waiting)
})
