\ir setup.psql
select plan(31);

create function hears(channel text, who text, sub text default null) returns boolean language plpgsql as $$
declare
  heard boolean;
begin
  perform set_config('realtime.topic', channel, true), tap.become(who, sub);
  select exists (select from realtime.messages where topic = channel and extension = 'broadcast') into heard;
  perform tap.become('none');
  return heard;
end $$;
create function speaks(channel text, who text, sub text default null) returns boolean language plpgsql as $$
begin
  perform set_config('realtime.topic', channel, true), tap.become(who, sub);
  insert into realtime.messages (topic, extension, payload) values (channel, 'broadcast', '{}');
  perform tap.become('none');
  return true;
exception when insufficient_privilege then
  perform tap.become('none');
  return false;
end $$;

create or replace function steadywire.may_read(topic text) returns boolean language sql stable as $$
  select topic = 'user:' || steadywire.caller()
$$;
insert into realtime.messages (topic, extension, payload) values ('user:ann', 'broadcast', '{}'), ('lobby', 'broadcast', '{}'), ('org:1', 'broadcast', '{}');

-- The publication.
select ok(exists (select from pg_publication_tables where pubname = 'supabase_realtime' and schemaname = 'steadywire' and tablename = 'events'), 'the general log is published');
create table own (id uuid primary key default gen_random_uuid(), room text not null, type text not null, data jsonb, created_at timestamptz default now());
select steadywire.adopt('own', name => 'own', prefix => 'room:', topic_column => 'room');
select ok(exists (select from pg_publication_tables where pubname = 'supabase_realtime' and tablename = 'own'), 'so is a table that is adopted');
select ok(has_table_privilege('authenticated', 'steadywire.own_log', 'select'), 'whose view is opened');
select ok(not has_function_privilege('anon', 'steadywire.own_insert(text, steadywire.draft[])', 'execute'), 'and whose functions are closed');
select is((select relreplident from pg_class where oid = 'own'::regclass), 'f', 'its replica identity is full');
select steadywire.release('own');
select ok(not exists (select from pg_publication_tables where tablename = 'own'), 'a release takes it out again');
alter publication supabase_realtime add table own;
select steadywire.adopt('own', name => 'own', prefix => 'room:', topic_column => 'room');
select steadywire.release('own');
select ok(exists (select from pg_publication_tables where tablename = 'own'), 'but not one that was in it before');
drop publication supabase_realtime;
create publication supabase_realtime for all tables;
select lives_ok($$ select steadywire.adopt('own', name => 'own', prefix => 'room:', topic_column => 'room') $$, 'a publication for all tables needs nothing');
select steadywire.release('own');

-- While nothing is broadcast, nothing is opened.
select ok(not hears('user:ann', 'authenticated', 'ann'), 'without broadcast no channel is opened');
select steadywire.append('user:ann', 't', '1');
select is((select count(*) from realtime.messages where event = 'steadywire'), 0::bigint, 'and nothing is sent');

select steadywire.set_broadcast('events', 'events');
select throws_ok($$ select steadywire.set_broadcast('nope', 'events') $$, 'SW002', 'There is no log called "nope"', 'only a log can be broadcast');
select throws_ok($$ select steadywire.set_broadcast('events', 'all') $$, '23514', null, 'and only so');

select ok(hears('user:ann', 'authenticated', 'ann'), 'a reader of the topic hears its channel');
select ok(not hears('user:ann', 'authenticated', 'ben'), 'another does not');
select ok(not hears('user:ann', 'anon'), 'nor somebody anonymous');
select ok(not hears('lobby', 'authenticated', 'ann'), 'a channel that is no topic of hers stays closed');
select ok(not speaks('user:ann', 'authenticated', 'ann'), 'nobody speaks on it, not even a reader');

-- The app's own channels are the app's; its policies do not reach into ours.
create policy everybody_hears on realtime.messages for select to authenticated using (true);
create policy everybody_speaks on realtime.messages for insert to authenticated with check (true);
select ok(hears('lobby', 'authenticated', 'ben'), 'the app''s own channels are heard as before');
select ok(speaks('lobby', 'authenticated', 'ben'), 'and spoken on as before');
select ok(not hears('user:ann', 'authenticated', 'ben'), 'an open policy of the app opens no topic');
select ok(hears('user:ann', 'authenticated', 'ann'), 'readers hear it as before');
select ok(not speaks('user:ann', 'authenticated', 'ann'), 'and lets nobody make up events');

create or replace function steadywire.may_read(topic text) returns boolean language plpgsql stable as $$
begin
  return topic::uuid is not null;
end $$;
select ok(hears('lobby', 'authenticated', 'ben'), 'a rule that fails for a foreign name closes no other channel');
select ok(not hears('user:ann', 'authenticated', 'ann'), 'and opens none');

-- What is sent.
delete from realtime.messages;
select steadywire.append('job:1', 't', '{"n":1}', id => 'the-id-of-1');
select is((select topic || ' ' || event || ' ' || private from realtime.messages), 'job:1 steadywire true', 'an append is sent on the private channel of its topic');
select is((select payload #>> '{items,0,data,n}' from realtime.messages), '1', 'with the event');
select is((select payload ->> 'prev' from realtime.messages), '', 'and the mark before it');
delete from realtime.messages;
insert into steadywire.events (topic, id, type, data) select 'job:1', 'e' || n, 't', to_json(n) from generate_series(1, 3) n;
select is((select jsonb_array_length(payload -> 'items') from realtime.messages), 3, 'what one statement inserts is one message');
delete from realtime.messages;
select steadywire.append('job:1', 't', to_json(repeat('x', 60000)));
select steadywire.append('job:1', 't', to_json(repeat('x', 60000)));
insert into steadywire.events (topic, id, type, data) select 'job:1', 'l' || n, 't', to_json(repeat('x', 40000)) from generate_series(1, 2) n;
select is((select count(*) from realtime.messages where payload ? 'heads'), 1::bigint, 'what is too large is told of by the head');
delete from realtime.messages;
select steadywire.set_broadcast('events', 'heads');
select steadywire.append('job:1', 't', '1', id => 'last-one');
select is((select payload -> 'heads' -> 'job:1' ->> 2 from realtime.messages), 'last-one', 'heads alone, if so wished: epoch, seq, mark');
begin;
select steadywire.append('job:1', 't', '1');
rollback;
select is((select count(*) from realtime.messages), 1::bigint, 'what is rolled back was never told');

select * from finish();
