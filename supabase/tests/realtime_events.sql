\ir setup.psql
select plan(38);
\set ann '\'00000000-0000-4000-8000-00000000000a\''
\set ben '\'00000000-0000-4000-8000-00000000000b\''
\set o1 '\'00000000-0000-4000-8000-000000000001\''
\set o2 '\'00000000-0000-4000-8000-000000000002\''

-- Where nothing was, the table was made.
select columns_are('public', 'realtime_events', '{id,organization_id,event_type,entity_type,entity_id,payload,created_at,created_by,dedupe_key,seq,epoch,prev,truncated,final,erased,event_id,data_type}'::name[], 'the table was made, as a log');
select has_index('public', 'realtime_events', 'realtime_events_latest', '{organization_id,created_at}'::name[], 'with its indexes: by organisation');
select has_index('public', 'realtime_events', 'realtime_events_entity', '{entity_type,entity_id}'::name[], 'by entity');
select has_index('public', 'realtime_events', 'realtime_events_type', 'event_type'::name, 'by type');
select has_index('public', 'realtime_events', 'realtime_events_dedupe', 'dedupe_key'::name, 'by key');
select has_index('public', 'realtime_events', 'signals_place', '{organization_id,seq}'::name[], 'by position');
select become('authenticated', :ann);
select throws_ok($$ insert into realtime_events (organization_id, event_type) values (gen_random_uuid(), 't') $$, '42501', null, 'nobody inserts into it');
select throws_ok(format($$ select public.steadywire_read('org:%s') $$, :o1), '42501', null, 'without organization_members nobody reads');
select become('none');

-- As a product has it.
select steadywire.release('signals');
drop table realtime_events;
drop function cleanup_old_realtime_events();
create table organization_members (organization_id uuid, user_id uuid, role text, primary key (organization_id, user_id));
insert into organization_members values (:o1, :ann), (:o2, :ann), (:o2, :ben);
create table realtime_events (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null,
  event_type text not null,
  entity_type text not null,
  entity_id text not null,
  payload jsonb not null default '{}',
  created_at timestamptz not null default now(),
  created_by uuid,
  constraint payload_size check (octet_length(payload::text) <= 2048)
);
alter table realtime_events enable row level security;
create policy "Members read" on realtime_events for select using (organization_id in (select m.organization_id from organization_members m where m.user_id = auth.uid()));
create policy "Service inserts" on realtime_events for insert with check (true);
insert into realtime_events (organization_id, event_type, entity_type, entity_id, created_at)
select case when n % 2 = 0 then :o1::uuid else :o2::uuid end, 'job.updated', 'job', n::text, now() - n * interval '1 minute' from generate_series(1, 40) n;
set client_min_messages = 'error';
\ir ../migrations/20261127000021_products_realtime_events.sql
\ir ../migrations/20261127000021_products_realtime_events.sql
select is((select array_agg(entity_id::int order by seq) from realtime_events where organization_id = :o1), array(select n from generate_series(40, 2, -2) n), 'rows keep their order by created_at');
select is((select max_age from steadywire.logs where name = 'signals'), interval '24 hours', 'and where none is older, they are kept for a day');

-- The product's own inserts go on.
select become('service_role');
insert into realtime_events (organization_id, event_type, entity_type, entity_id, payload, created_by) values (:o1, 'job.created', 'job', '7', '{"a":1}', :ann);
insert into realtime_events (organization_id, event_type, entity_type, entity_id, dedupe_key) values
  (:o1, 'job.updated', 'job', '7', 'job:7:v2'), (:o1, 'job.updated', 'job', '7', 'job:7:v2'), (:o2, 'job.updated', 'job', '7', 'job:7:v2');
select is((select array_agg(seq order by seq) from realtime_events where organization_id = :o1 and entity_id = '7'), '{21,22}', 'plain inserts go on, and repeat no dedupe_key');
select is((select count(*) from realtime_events where organization_id = :o2 and dedupe_key = 'job:7:v2'), 1::bigint, 'which is the organisation''s own');
select is((select array_agg(event -> 'entity' ->> 'id') from json_array_elements(public.steadywire_read('org:' || :o1, 20) -> 'events') as event), '{7,7}', 'entities are told');
select is((public.steadywire_read('org:' || :o1, 20) #>> '{events,0,actor}'), :ann, 'and actors');
select is((public.steadywire_append('org:' || :o1, '[{"id":"e1","type":"job.updated","data":"{}","key":"\"job:7:v2\"","entity_type":"job","entity_id":"7"}]') #>> '{0,position,1}'), '22', 'an append with that key is the same event');
select is((public.steadywire_append('org:' || :o1, '[{"id":"e2","type":"job.updated","data":"{}","key":"\"job:7:v3\"","entity_type":"job","entity_id":"7"}]') #>> '{0,position,1}'), '23', 'and one with another the next');
select is((select dedupe_key from realtime_events where event_id = 'e2'), 'job:7:v3', 'its key stands in the table');

-- Size.
select lives_ok(format($$ insert into realtime_events (organization_id, event_type, entity_type, entity_id, payload) values (%L, 't', 'x', '1', %L) $$, :o1,
  (select json_agg(1) from generate_series(1, 1023))), '2,047 bytes of JSON are accepted, however many blanks jsonb adds');
select throws_ok(format($$ insert into realtime_events (organization_id, event_type, entity_type, entity_id, payload) values (%L, 't', 'x', '1', %L) $$, :o1,
  to_json(repeat('x', 2047))), '23514', null, '2,049 are not');
select throws_ok(format($$ select public.steadywire_append('org:%s', json_build_array(json_build_object('id', 'big', 'type', 't', 'data', %L, 'entity_type', 'x', 'entity_id', '1'))) $$, :o1,
  to_json(repeat('x', 2047))), 'SW003', null, 'nor by an append');

-- Members.
select become('authenticated', :ben);
select ok((public.steadywire_read('org:' || :o2) ->> 'head')::int = 21, 'a member reads');
select throws_ok(format($$ select public.steadywire_read('org:%s') $$, :o1), '42501', null, 'another organisation is closed');
select is((select count(distinct organization_id) from realtime_events), 1::bigint, 'also row by row');
select throws_ok(format($$ insert into realtime_events (organization_id, event_type, entity_type, entity_id) values (%L, 't', 'x', '1') $$, :o2), '42501', null, 'a member can not insert');
update realtime_events set event_type = 'no';
delete from realtime_events;
select become('anon');
select throws_ok(format($$ insert into realtime_events (organization_id, event_type, entity_type, entity_id) values (%L, 't', 'x', '1') $$, :o2), '42501', null, 'nor can somebody anonymous');
select is_empty('select from realtime_events', 'who sees nothing');
select throws_ok('select cleanup_old_realtime_events()', '42501', null, 'and cleans up nothing');
select become('none');
select is((select count(*) from realtime_events where event_type = 'no'), 0::bigint, 'updates reach no row');
select is((select count(*) from realtime_events where organization_id = :o2), 21::bigint, 'nor do deletes');

-- Retention: the known function, and keys that outlive rows.
set session_replication_role = replica;
update realtime_events set created_at = now() - interval '25 hours' where organization_id = :o1 and seq <= 22;
update steadywire.keys set at = now() - interval '25 hours';
set session_replication_role = origin;
select become('service_role');
select lives_ok('select cleanup_old_realtime_events()', 'cleanup_old_realtime_events() is there');
select is((select min(seq) from realtime_events where organization_id = :o1), 23::bigint, 'and removes what is older than 24 hours');
insert into realtime_events (organization_id, event_type, entity_type, entity_id, dedupe_key) values (:o1, 'job.updated', 'job', '7', 'job:7:v2');
select is((select count(*) from realtime_events where dedupe_key = 'job:7:v2' and organization_id = :o1), 0::bigint, 'the key of a row that is gone is known');
select become('none');
update steadywire.keys set at = now() - interval '49 hours';
call steadywire.retain();
insert into realtime_events (organization_id, event_type, entity_type, entity_id, dedupe_key) values (:o1, 'job.updated', 'job', '7', 'job:7:v2');
select is((select seq from realtime_events where dedupe_key = 'job:7:v2' and organization_id = :o1), 25::bigint, 'for 48 hours');

-- Counting bytes as JSON.stringify does.
select is(steadywire.json_bytes('{"a": [1, 2], "b": "x, y: z \" \\ é", "c": {}}'), 41, 'json_bytes counts no blanks, and characters by their bytes');
select is(array(select steadywire.number_bytes(n) from unnest(('{0,-1,1.5,123456789012345680000,1000000000000000000000,0.000001,0.0000001,-0.00000012,1'||repeat('0',400)||'}')::text[]) n),
  '{1,2,3,21,5,8,4,7,6}', 'numbers as JavaScript writes them');

-- The way back.
\ir ../down/1_products.sql
select columns_are('public', 'realtime_events', '{id,organization_id,event_type,entity_type,entity_id,payload,created_at,created_by,dedupe_key}'::name[], 'released, the table has its own columns, and dedupe_key');
select ok(to_regprocedure('cleanup_old_realtime_events()') is null, 'and our function is gone');
select ok(to_regprocedure('steadywire.json_bytes(jsonb)') is null, 'with the rest');

select * from finish();
