import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type PostgresServer, startPostgres } from '@steadywire/postgres-server'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { migrations } from '../src/index.ts'
import { applyMigrations, createDatabase, dumpOf, run, standInForSupabase, startDebian } from './setup.ts'

const folder = fileURLToPath(new URL('../down/', import.meta.url))
const down = readdirSync(folder)
  .sort()
  .map((name) => ({ name, sql: readFileSync(`${folder}/${name}`, 'utf8') }))

let server: PostgresServer
beforeAll(async () => {
  server = await startDebian()
})
afterAll(() => server?.close())

/** The tables of both products, as they are, and one of the app's own. */
const tables = `
  create table coding_sessions (id uuid primary key, user_id uuid not null);
  create table session_events (id uuid primary key default gen_random_uuid(), session_id uuid not null references coding_sessions (id) on delete cascade,
    event_type text not null, payload jsonb, created_at timestamptz not null default now());
  create table organization_members (organization_id uuid, user_id uuid);
  create table realtime_events (id uuid primary key default gen_random_uuid(), organization_id uuid not null, event_type text not null, entity_type text,
    entity_id text, payload jsonb, created_at timestamptz not null default now(), created_by text, dedupe_key text);
  create index session_events_history on session_events (session_id, created_at);
  create index session_events_type on session_events (event_type);
  create index realtime_events_latest on realtime_events (organization_id, created_at desc);
  create index realtime_events_entity on realtime_events (entity_type, entity_id);
  create index realtime_events_type on realtime_events (event_type);
  create index realtime_events_dedupe on realtime_events (dedupe_key);
  create table own (id uuid primary key default gen_random_uuid(), room text, type text, data jsonb, created_at timestamptz default now());
  alter table session_events replica identity full;
  alter table realtime_events replica identity full;
  alter table own replica identity full;
  alter table session_events enable row level security;
  alter table realtime_events enable row level security;
  create policy own_sessions on session_events for select to authenticated using (true);
  alter publication supabase_realtime add table session_events;
  insert into own (room, type, data) values ('1', 't', '1');
  insert into realtime_events (organization_id, event_type) select gen_random_uuid(), 't' from generate_series(1, 5)`

// pg_cron works in this database; it is not taken away again, so it is there before.
it('what was applied, used and taken back leaves the database as it was', async () => {
  const address = await createDatabase(server, 'retention')
  await standInForSupabase(address)
  await run(address, `create extension pg_cron; ${tables}`)
  const before = dumpOf(address)

  await applyMigrations(address)
  await run(
    address,
    `select steadywire.adopt('own', name => 'own', prefix => 'own:', topic_column => 'room'), steadywire.set_broadcast('events', 'events'),
       steadywire.append('any', 't', '1'), steadywire.append('own:1', 't', '1')`,
  )
  expect(dumpOf(address)).not.toBe(before)

  await applyMigrations(address, down)
  expect(dumpOf(address)).toBe(before)
  await run(
    address,
    `do $$ begin
      assert (select count(*) from own) = 2 and (select count(*) from realtime_events) = 5, 'rows stay';
      assert not exists (select from cron.job), 'the job is gone';
      assert (select array_agg(tablename::text) from pg_publication_tables where pubname = 'supabase_realtime') = '{session_events}', 'as it was';
    end $$`,
  )

  await applyMigrations(address, down)
  await applyMigrations(address)
  await run(address, `select steadywire.append('any', 't', '1')`)
})

it('as one file in one transaction, up and down', async () => {
  const address = await createDatabase(server, 'at_once')
  await standInForSupabase(address)
  const all = migrations().map(({ sql }) => sql)
  await run(address, [...all, ...all, ...down.map(({ sql }) => sql), ...all].join('\n'))
  await run(address, `select steadywire.append('any', 't', '1')`)
})

it('without anything of Supabase, what belongs to it does nothing', async () => {
  const plain = await startPostgres({ config: { fsync: 'off' } })
  try {
    await applyMigrations(plain.url)
    await applyMigrations(plain.url)
    await run(
      plain.url,
      `do $$ begin
        perform steadywire.append('any', 't', '1');
        assert (steadywire.read('any') ->> 'head')::int = 1, 'it works';
        assert not exists (select from steadywire.diagnose() where severity <> 'note'), 'all is well';
        assert not (select relrowsecurity from pg_class where oid = 'public.session_events'::regclass), 'nobody is shut out';
        assert (select count(*) = 0 from pg_policy where polrelid = 'steadywire.events'::regclass), 'nothing is made for roles that are not there';
      end $$`,
    )
    await applyMigrations(plain.url, down)
  } finally {
    await plain.close()
  }
})

it('by an owner who is no superuser, as a hosted project has it', async () => {
  const address = await createDatabase(server, 'hosted')
  await standInForSupabase(address)
  await run(
    address,
    `create role owner login bypassrls in role anon, authenticated, service_role;
     create role realtime_admin;
     alter database hosted owner to owner;
     alter schema public owner to owner;
     alter publication supabase_realtime owner to owner;
     grant usage on schema realtime to owner;
     grant all on realtime.messages to owner;
     grant realtime_admin to owner;
     alter table realtime.messages owner to realtime_admin`,
  )
  const owner = address.replace('postgres@', 'owner@')
  await applyMigrations(owner)
  await applyMigrations(owner)
  await run(
    owner,
    `do $$ begin
      perform steadywire.set_broadcast('events', 'events'), steadywire.append('any', 't', '1');
      assert (select count(*) from realtime.messages where topic = 'any') = 1, 'it is broadcast';
      assert not exists (select from steadywire.diagnose() where severity <> 'note'), 'all is well';
      set local role anon;
      assert (public.steadywire_heads('{any}') -> 'heads')::text = '{}', 'nobody but readers is told';
    end $$`,
  )
  await run(owner, 'call steadywire.retain()')
  await applyMigrations(owner, down)
})
