\ir setup.psql
select plan(38);
\set ann '\'00000000-0000-4000-8000-00000000000a\''
\set ben '\'00000000-0000-4000-8000-00000000000b\''
\set s1 '\'00000000-0000-4000-8000-000000000001\''
\set s2 '\'00000000-0000-4000-8000-000000000002\''

-- Where nothing was, the table was made.
select columns_are('public', 'session_events', '{id,session_id,event_type,payload,created_at,seq,epoch,prev,truncated,final,erased,event_id,data_type}'::name[], 'the table was made, as a log');
select is((select array_agg(p.polname::text order by p.polname) from pg_policy p where polrelid = 'session_events'::regclass),
  '{steadywire_insert,steadywire_no_delete,steadywire_no_insert,steadywire_no_update,steadywire_read}', 'with its policies');
select is((select max_age from steadywire.logs where name = 'sessions'), interval '24 hours', 'events are kept for a day');
select has_index('public', 'session_events', 'session_events_history', '{session_id,created_at}'::name[], 'it has its indexes: by session and time');
select has_index('public', 'session_events', 'session_events_type', 'event_type'::name, 'by type');
select has_index('public', 'session_events', 'sessions_place', '{session_id,seq}'::name[], 'by position');
select become('authenticated', :ann);
select throws_ok($$ insert into session_events (session_id, event_type) values (gen_random_uuid(), 't') $$, '42501', null, 'nobody inserts into it');
select throws_ok($$ update session_events set payload = '1' $$, '42501', null, 'nor changes it');
select throws_ok($$ delete from session_events $$, '42501', null, 'nor deletes');
select throws_ok(format($$ select public.steadywire_read('session:%s') $$, :s1), '42501', null, 'without coding_sessions nobody reads');
select become('none');

-- As a product has it: other names, rows, an insert policy that lets in everybody.
select steadywire.release('sessions');
drop table session_events;
create table coding_sessions (id uuid primary key, user_id uuid not null);
insert into coding_sessions values (:s1, :ann), (:s2, :ben);
create table session_events (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null references coding_sessions (id) on delete cascade,
  event_type text not null,
  event_data jsonb not null,
  created_at timestamptz default now()
);
alter table session_events enable row level security;
alter table session_events replica identity full;
alter publication supabase_realtime add table session_events;
create policy "Users can view own session events" on session_events for select using (exists (select from coding_sessions s where s.id = session_id and s.user_id = auth.uid()));
create policy "Service can insert" on session_events for insert with check (true);
insert into session_events (session_id, event_type, event_data, created_at)
select case when n % 3 = 0 then :s2::uuid else :s1::uuid end, 'thinking', jsonb_build_object('iteration', n), timestamptz '2026-01-01' + n * interval '1 second' from generate_series(150, 1, -1) n;
set client_min_messages = 'error';
\ir ../migrations/20261127000020_products_session_events.sql
\ir ../migrations/20261127000020_products_session_events.sql

select is((select array_agg(seq order by created_at) from session_events where session_id = :s1), array(select n::bigint from generate_series(1, 100) n), 'rows keep their order by created_at');
select is((select head from steadywire.topics where topic = 'session:' || :s2), 50::bigint, 'in each session');
select is((select count(*) from session_events where event_data is null or event_id is not null), 0::bigint, 'and are as they were');
select is((select data_column from steadywire.logs where name = 'sessions'), 'event_data', 'the data column is the one that the table has');
select is((select count(*) from pg_publication_tables where tablename = 'session_events'), 1::bigint, 'the publication has it, once');
call steadywire.retain();
select is((select count(*) from session_events), 150::bigint, 'and stay: where older ones were, they are kept until somebody says otherwise');

-- The product's own inserts go on.
select become('service_role');
insert into session_events (session_id, event_type, event_data) values (:s1, 'terminal', '{"command":"ls"}');
select is((select max(seq) from session_events where session_id = :s1), 101::bigint, 'plain inserts go on');
with made as (
  insert into session_events (session_id, event_type, event_data)
  select session_id, event_type, event_data from json_populate_recordset(null::session_events, json_build_array(
    json_build_object('session_id', :s1, 'event_type', 'error', 'event_data', json_build_object('message', 'x')),
    json_build_object('session_id', :s2, 'event_type', 'error', 'event_data', json_build_object('message', 'x'))))
  returning seq
) select is((select array_agg(seq order by seq) from made), '{51,102}', 'as PostgREST makes them, too');
select is((public.steadywire_append('session:' || :s1, '[{"id":"e1","type":"thinking","data":"{\"iteration\":9}"}]') #>> '{0,position,1}'), '103', 'and appends come into the same log');
select throws_ok(format($$ select public.steadywire_append('session:%s', '[{"id":"e1","type":"t","data":"1"}]') $$, gen_random_uuid()), '23503', null, 'of a session that is there');
select throws_ok($$ select public.steadywire_append('session:42', '[{"id":"e1","type":"t","data":"1"}]') $$, '22P02', null, 'and has an id like one');

-- Owners.
select become('authenticated', :ann);
select is((public.steadywire_read('session:' || :s1, most => 1000, last => true) ->> 'head')::int, 103, 'the owner reads its session');
select is(json_array_length(public.steadywire_read('session:' || :s1, most => 1000) -> 'events'), 103, 'from its first event on');
select is((select count(*) from session_events), 103::bigint, 'and its rows');
select throws_ok(format($$ select public.steadywire_read('session:%s') $$, :s2), '42501', null, 'but not another''s');
select throws_ok($$ select public.steadywire_read('session:42') $$, '42501', null, 'nor what is no session');
select is((select array_agg(topic) from json_object_keys(public.steadywire_heads(array['session:' || :s1, 'session:' || :s2, 'session:x', 'job:1']) -> 'heads') as topic), array['session:' || :s1], 'heads likewise');
select throws_ok(format($$ insert into session_events (session_id, event_type, event_data) values (%L, 't', '1') $$, :s1), '42501', null, 'a policy that let everybody insert no longer does');
update session_events set event_data = '1';
delete from session_events;
select is((select count(*) from session_events where event_data <> '1'), 103::bigint, 'updates and deletes reach no row');
select become('anon');
select is_empty('select from session_events', 'somebody anonymous sees nothing');
select throws_ok(format($$ insert into session_events (session_id, event_type, event_data) values (%L, 't', '1') $$, :s1), '42501', null, 'and inserts nothing');
select become('none');

-- A session goes with its events.
select lives_ok(format('delete from coding_sessions where id = %L', :s1), 'a session is deleted with all its events');
select is_empty(format('select from session_events where session_id = %L', :s1), 'they are gone');
select is((select oldest from steadywire.topics where topic = 'session:' || :s1), 104::bigint, 'and the log knows');
select is((select count(*) from session_events where session_id = :s2), 51::bigint, 'the others are there');

-- The way back.
\ir ../down/1_products.sql
select columns_are('public', 'session_events', '{id,session_id,event_type,event_data,created_at}'::name[], 'released, the table has its own columns');
select policies_are('public', 'session_events', '{Users can view own session events,Service can insert}'::name[], 'and its own policies');
select is((select count(*) from session_events), 51::bigint, 'with its rows');

select * from finish();
