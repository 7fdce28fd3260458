import { createSubscriber } from '@steadywire/core'
import { eventTable, supabase } from '@steadywire/supabase'
import { createClient } from '@supabase/supabase-js'
import { expect, it, onTestFinished, vi } from 'vitest'
import { follow as followAfter, live } from '../src/existing/after.ts'
import { follow as followBefore } from '../src/existing/before.ts'
import { blocksOf, sourcesOf } from './docs.ts'
import { faultsIn, files, migrate, signedUp, startProject } from './project.ts'

const patience = { timeout: 10_000 }

it('shows code that is compiled', () => {
  expect([...blocksOf('supabase-existing.md', 'ts')].sort()).toEqual([...sourcesOf('existing')].sort())
})

const table = `
  create table public.coding_sessions (id uuid primary key, user_id uuid not null);
  create table public.session_events (
    id uuid primary key default gen_random_uuid(), session_id uuid not null references public.coding_sessions (id),
    event_type text not null, payload jsonb, created_at timestamptz not null default clock_timestamp());
  alter table public.session_events enable row level security;
  create policy own on public.session_events for select to authenticated
    using (session_id in (select id from public.coding_sessions where user_id = auth.uid()));
  grant select on public.coding_sessions to authenticated;
  alter publication supabase_realtime add table public.session_events`

it('the old code goes on over the table as a log, beside the new one, and after the way back', {
  timeout: 60_000,
}, async () => {
  const project = await startProject()
  await project.run(table)
  const { client, userId } = await signedUp(project)
  const sessionId = crypto.randomUUID()
  await project.sql('insert into public.coding_sessions values ($1, $2)', [sessionId, userId])
  const backend = createClient(project.url, project.secretKey, { auth: { persistSession: false } })
  const say = (step: number) =>
    backend
      .from('session_events')
      .insert({ session_id: sessionId, event_type: 'thinking', payload: { step } })
      .throwOnError()
  await say(1)

  await migrate(project, files('products'))
  const old: unknown[] = []
  const leave = followBefore(client, sessionId, (_, payload) => old.push(payload))
  onTestFinished(async () => void (await leave()))
  await vi.waitFor(() => expect(old).toEqual([{ step: 1 }]), patience)
  const subscriber = live(client)
  onTestFinished(() => subscriber.close())
  const fresh: unknown[] = []
  const missed = vi.fn()
  await followAfter(subscriber, sessionId, (type, payload) => fresh.push([type, payload]), missed).ready
  await say(2)
  await say(3)
  const all = [1, 2, 3].map((step) => ['thinking', { step }])
  await vi.waitFor(() => expect(fresh).toEqual(all), patience)
  await vi.waitFor(() => expect(old).toContainEqual({ step: 3 }), patience)
  expect(missed).not.toHaveBeenCalled()

  await subscriber.close()
  await project.run(`select steadywire.release('sessions')`)
  await say(4)
  await vi.waitFor(() => expect(old).toContainEqual({ step: 4 }), patience)
})

it('any other table is adopted, and comes back', { timeout: 60_000 }, async () => {
  const [create = '', adopt = '', release = '', ...more] = blocksOf('supabase-existing.md', 'sql')
  expect(more).toEqual([])
  const project = await startProject()
  // The page begins with the first two steps of the other one.
  await project.run(blocksOf('supabase.md', 'sql')[0] ?? '')
  await project.run(create)
  const { client, userId } = await signedUp(project)
  const write = (text: string) =>
    project.sql(`insert into public.messages (room_id, author, kind, body) values ('1', $1, 'text', $2)`, [
      userId,
      JSON.stringify({ text }),
    ])
  const columns = async () =>
    (await project.run('select * from public.messages order by sent_at')).fields.map(({ name }) => name)
  const before = await columns()
  await write('before')
  const results: unknown = await project.run(adopt)
  expect(Array.isArray(results) && faultsIn(results.at(-1))).toEqual([])

  const messages = eventTable()({
    table: 'messages',
    topic: 'room:{room_id}',
    columns: { type: 'kind', data: 'body', time: 'sent_at' },
  })
  const subscriber = createSubscriber({ transport: supabase({ client, tables: [messages] }) })
  onTestFinished(() => subscriber.close())
  const seen: unknown[] = []
  const following = subscriber.subscribe('room:1', {
    from: 'start',
    event: ({ data }) => void seen.push(data),
    gap() {},
  })
  await following.ready
  await write('after')
  await vi.waitFor(() => expect(seen).toEqual([{ text: 'before' }, { text: 'after' }]), patience)

  await project.run(release)
  expect(await columns()).toEqual(before)
  await write('again')
  expect(await project.sql('select count(*)::int as n from public.messages')).toEqual([{ n: 3 }])
})
