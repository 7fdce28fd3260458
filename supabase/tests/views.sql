\ir setup.psql
select plan(11);

insert into steadywire.events (topic, id, type, data) select 'busy', 'b' || n, 'tick', '1' from generate_series(1, 20) n;
insert into steadywire.events (topic, id, type, data) select 'calm', 'c' || n, 'tock', '1' from generate_series(1, 3) n;
begin;
select steadywire.append('held', 'slow', '1');
select pg_sleep(0.5);
commit;
insert into steadywire.events (topic, id, type, data) values ('past', 'p1', 'tick', '1');
set session_replication_role = replica;
update steadywire.events set created_at = now() - interval '20 hours' where topic = 'past';
set session_replication_role = origin;

select become('service_role');
select is((select events from steadywire.latency where type = 'tick'), 20::bigint, 'latency counts the last hour by type');
select ok((select slowest_ms from steadywire.latency where type = 'slow') >= 500, 'a transaction that went on after its append is slow');
select ok((select t.median_ms >= 0 and t.median_ms < s.slowest_ms from steadywire.latency t, steadywire.latency s where t.type = 'tock' and s.type = 'slow'), 'one that did not is not');
select is((select type from steadywire.latency limit 1), 'slow', 'the slowest come first');
select is((select sum(events) from steadywire.volume where type = 'tick'), 20::numeric, 'volume counts by minute and type');
select is((select topic from steadywire.slowest_topics limit 1), 'held', 'the slowest topic is the one that made others wait');
select is((select events_in_busiest_minute from steadywire.slowest_topics where topic = 'calm'), 3::bigint, 'with its busiest minute');
select is((select array_agg(topic) from steadywire.near_retention), '{past}', 'a topic whose oldest event is 20 of 24 hours old is near its retention');
select become('none');
update steadywire.topics set max_events = 21 where topic = 'busy';
select is((select round(used::numeric, 2) from steadywire.near_retention where topic = 'busy'), 0.95, 'so is one that keeps 20 of 21');
select become('authenticated', 'ann');
select throws_ok('select from steadywire.latency', '42501', null, 'they are not for readers');
select throws_ok('select from steadywire.near_retention', '42501', null, 'none of them');

select * from finish();
