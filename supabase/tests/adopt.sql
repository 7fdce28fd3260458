\ir setup.psql
select plan(37);

-- A table with rows in it, and with names of its own.
create table notes (nr bigint generated always as identity primary key, room bigint not null, kind text not null, body json not null, at timestamptz not null default now(), seen boolean default false);
insert into notes (room, kind, body, at) values (1, 'a', '"second"', '2026-01-02'), (1, 'a', '"first"', '2026-01-01'), (2, 'a', '"other"', '2026-01-01'), (1, 'a', '"third"', '2026-01-03');
select steadywire.adopt('notes', name => 'notes', prefix => 'room:', topic_column => 'room', id_column => 'nr', type_column => 'kind', data_column => 'body',
  time_column => 'at');
call steadywire.retain();
select is((select array_agg(body #>> '{}' order by seq) from notes where room = 1), '{first,second,third}', 'rows that were there are numbered by their time, and stay, however old');
select is((select head from steadywire.topics where topic = 'room:1'), 3::bigint, 'and the head is behind them');
select is((select prev from notes where room = 1 and seq = 1), '', 'the first knows of no mark before it');
insert into notes (room, kind, body) values (1, 'b', '{"n":1}');
select is((select array_agg(seq order by seq) from notes where room = 1), '{1,2,3,4}', 'new ones come after them');
select is((steadywire.append('room:2', 'b', '1', id => 'mine')), 2::bigint, 'steadywire.append finds the table by the prefix');
select is((select event_id from notes where room = 2 and seq = 2), 'mine', 'an id that is no number stands in a column of its own');
select is((select array_agg(event ->> 'id') from json_array_elements(steadywire.read('room:2') -> 'events') as event), '{3,mine}', 'and readers are shown it');
select throws_ok($$ select steadywire.append('room:x', 'b', '1') $$, '22P02', null, 'a topic that its column can not hold is refused');
select throws_ok($$ update notes set body = '1' where room = 1 $$, '23001', null, 'events are kept as they are');
select lives_ok($$ update notes set seen = true $$, 'columns that are no part of the event are not');

-- Again, with another rule.
select steadywire.adopt('notes', name => 'notes', prefix => 'room:', topic_column => 'room', id_column => 'nr', type_column => 'kind', data_column => 'body',
  time_column => 'at', max_events => 2);
select is((steadywire.read('room:1') ->> 'oldest')::int, 3, 'adopt changes what is said of a log');
select is((select array_agg(seq order by seq) from notes where room = 1), '{1,2,3,4}', 'and no position');

call steadywire.retain();
select is((select array_agg(seq order by seq) from notes where room = 1), '{3,4}', 'what it says of retention holds from then on');

-- Who may read.
create policy all_see on notes for select to authenticated using (room = 1);
select become('authenticated', 'ann');
select is((steadywire.read('room:2') ->> 'head')::int, 2, 'without row security a table is for everybody who may select from it');
select become('none');
alter table notes enable row level security;
select become('authenticated', 'ann');
select throws_ok($$ select steadywire.read('room:1') $$, '42501', 'No right to read room:1', 'with it, somebody has to say whose topic it is');
select is(steadywire.heads('{room:1}')::text, '{}', 'before that not even the head is told');
select become('none');
create function may_read_room(topic text) returns boolean language sql stable as $$ select topic = 'room:1' $$;
select steadywire.adopt('notes', name => 'notes', prefix => 'room:', topic_column => 'room', id_column => 'nr', type_column => 'kind', data_column => 'body',
  time_column => 'at', may_read => 'may_read_room(text)');
select become('authenticated', 'ann');
select is((steadywire.read('room:1') ->> 'head')::int, 4, 'a may_read function says it');
select throws_ok($$ select steadywire.read('room:2') $$, '42501', null, 'for each topic');
select become('none');

-- What can not be a log says why.
create table poor (id text, topic text, type text, data integer, created_at timestamptz);
select throws_ok($$ select steadywire.adopt('poor', name => 'poor', prefix => 'poor:', topic_column => 'room') $$, '42703', 'public.poor has no column room', 'a column that is missing');
select throws_ok($$ select steadywire.adopt('poor', name => 'poor', prefix => 'poor:', topic_column => 'topic') $$, '42804', 'The column data of public.poor is neither jsonb nor json, nor JSON as text', 'data that is no JSON');
alter table poor alter data type json using to_json(data), alter created_at type timestamp;
select throws_ok($$ select steadywire.adopt('poor', name => 'poor', prefix => 'poor:', topic_column => 'topic') $$, '42804', 'The column created_at of public.poor is no timestamptz', 'a time without a zone');
alter table poor alter created_at type timestamptz, add seq integer, add final date;
select throws_ok($$ select steadywire.adopt('poor', name => 'poor', prefix => 'poor:', topic_column => 'topic') $$, '42701', 'public.poor has columns of its own called seq, final', 'a column of its own called seq');
alter table poor drop seq, drop final;
select throws_ok($$ select steadywire.adopt('poor', name => 'other', prefix => 'room:', topic_column => 'topic') $$, '23505', null, 'a prefix that another log has');

alter table poor alter topic type numeric using 1;
select throws_ok($$ select steadywire.adopt('poor', name => 'poor', prefix => 'poor:', topic_column => 'topic') $$, '42804', 'The column topic of public.poor is numeric: one number may be several texts, and so several topics', 'a topic that has several texts');

-- Texts that say nothing, and numbers that have several texts.
create table prices (id numeric primary key, shop text, kind text, data jsonb, created_at timestamptz default now(), k text, about text, about_id numeric, by text);
select steadywire.adopt('prices', name => 'prices', prefix => 'shop:', topic_column => 'shop', type_column => 'kind', key_column => 'k',
  entity_type_column => 'about', entity_id_column => 'about_id', actor_column => 'by');
insert into prices values (1.50, 'a', 't', '1', default, '', 'price', 2.00, ''), (2.00, 'a', 't', '2', default, '', '', 3, 'ann');
select is((select count(*) from prices), 2::bigint, 'an empty key is none: it stands for no other event');
select is((steadywire.read('shop:a') -> 'events' -> 0)::jsonb - '{seq,time}'::text[], '{"id":"1.5","type":"t","data":1,"entity":{"type":"price","id":"2"}}', 'an empty text is left out, and zeros at the end of a number');
select is((steadywire.read('shop:a') -> 'events' -> 1)::jsonb - '{seq,time}'::text[], '{"id":"2","type":"t","data":2,"actor":"ann"}', 'an entity without a type is none');
select is((select prev from prices where seq = 2), '1.5', 'marks are of the same text');

-- Keys of rows that were there.
create table signals (id text primary key, topic text, type text, data jsonb, created_at timestamptz default now(), k text);
insert into signals values ('a', '1', 't', '1', now() - interval '1 hour', 'k1'), ('b', '1', 't', '1', now() - interval '30 hours', 'k2');
select steadywire.adopt('signals', name => 'keyed', prefix => 'keyed:', topic_column => 'topic', key_column => 'k');
insert into signals values ('c', '1', 't', '1', default, 'k1'), ('d', '1', 't', '1', default, 'k2');
select is((select array_agg(id order by seq) from signals), '{b,a,d}', 'keys of rows that were there are remembered within the window');

-- The way back.
select steadywire.release('notes');
select is((select array_agg(attname::text order by attnum) from pg_attribute where attrelid = 'notes'::regclass and attnum > 0 and not attisdropped), '{nr,room,kind,body,at,seen}', 'a release takes its columns away');
select is((select count(*) from notes), 4::bigint, 'and leaves the rows');
select lives_ok($$ update notes set body = '1'; insert into notes (room, kind, body) values (1, 'x', '1'); delete from notes where room = 1 $$, 'which are ordinary ones again');

-- A table that was dropped without a release.
select steadywire.append('keyed:1', 't', '1');
drop table signals cascade;
select lives_ok('select * from steadywire.diagnose()', 'a table that was dropped breaks no diagnosis');
select lives_ok('select * from steadywire.volume; select * from steadywire.near_retention', 'and no view');
call steadywire.retain();
select pass('nor the retention of the others');
select lives_ok($$ select steadywire.release('keyed') $$, 'and it can be released');
create table gone (id text, topic text, type text, data jsonb, created_at timestamptz);
select steadywire.adopt('gone', name => 'gone', prefix => 'gone:', topic_column => 'topic');
drop table gone cascade;
\ir ../migrations/20261127000008_steadywire_events.sql
select is_empty($$ select from steadywire.logs where name = 'gone' $$, 'which applying the files again does by itself');

select * from finish();
