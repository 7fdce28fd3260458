\ir setup.psql
select plan(23);

-- Scheduling.
select ok(to_regclass('cron.job') is null, 'before: no pg_cron here');
\ir ../migrations/20261127000012_supabase_retention.sql
select is((select schedule || ' ' || command from cron.job where jobname = 'steadywire-retain'), '7 * * * * call steadywire.retain()', 'the file makes pg_cron and the job');
\ir ../migrations/20261127000012_supabase_retention.sql
select is((select count(*) from cron.job), 1::bigint, 'once');

select become('service_role');
select is_empty($$ select from steadywire.diagnose() where problem like 'pg_cron%' $$, 'so the diagnosis, also for the service role, has nothing to say of it');
select become('none');
begin;
select cron.unschedule('steadywire-retain');
select isnt_empty($$ select from steadywire.diagnose() where problem like 'pg_cron%' $$, 'unless the job is gone');
rollback;

-- By number: reads hide at once what retain() removes later.
update steadywire.logs set max_events = 3 where name = 'events';
insert into steadywire.events (topic, id, type, data, key) select 'few', 'e' || n, 't', '1', 'k' || n from generate_series(1, 10) n;
select is((steadywire.read('few') ->> 'oldest')::int, 8, 'readers see no more than is kept');
select is((select count(*) from steadywire.events where topic = 'few'), 10::bigint, 'which is still there');
call steadywire.retain();
select is((select array_agg(seq order by seq) from steadywire.events where topic = 'few'), '{8,9,10}', 'retain() removes it, the oldest first');
select is((select oldest from steadywire.topics where topic = 'few'), 8::bigint, 'and moves the oldest');

-- Positions and keys outlive rows.
update steadywire.logs set max_events = 0 where name = 'events';
call steadywire.retain();
select is_empty($$ select from steadywire.events where topic = 'few' $$, 'even if nothing is left');
select is(steadywire.append('few', 't', '1'), 11::bigint, 'a position is never given again');
select is(steadywire.append('few', 't', '1', key => 'k2'), 2::bigint, 'and a key is known although its row is gone');
insert into steadywire.events (topic, id, type, data, key) values ('few', 'late', 't', '1', 'k2');
select is((select head from steadywire.topics where topic = 'few'), 11::bigint, 'also by a plain insert');
update steadywire.keys set at = now() - interval '25 hours' where topic = 'few' and name = 'k"k2"';
call steadywire.retain();
select is(steadywire.append('few', 't', '1', key => 'k2'), 12::bigint, 'until it is over its window');

-- By age.
update steadywire.logs set max_events = null, max_age = '1 hour' where name = 'events';
insert into steadywire.events (topic, id, type, data) select 'old', 'e' || n, 't', '1' from generate_series(1, 5) n;
set session_replication_role = replica;
update steadywire.events set created_at = now() - interval '2 hours' where topic = 'old' and seq <= 3;
set session_replication_role = origin;
select is((steadywire.read('old') ->> 'oldest')::int, 4, 'what is over age is hidden');
call steadywire.retain();
select is((select array_agg(seq order by seq) from steadywire.events where topic = 'old'), '{4,5}', 'and removed');
select throws_ok($$ delete from steadywire.events where topic = 'old' and seq = 5 $$, '23001', null, 'only from the oldest on');
select lives_ok($$ delete from steadywire.events where topic = 'old' $$, 'all at once is from the oldest on');
select is(steadywire.append('old', 't', '1'), 6::bigint, 'and gives no position again');
truncate steadywire.events;
select is(steadywire.append('old', 't', '1'), 7::bigint, 'nor does truncate');

-- Somebody is at it.
\set other 'host=' :HOST ' port=' :PORT ' dbname=' :DBNAME ' user=' :USER
create extension if not exists dblink schema tap;
insert into steadywire.events (topic, id, type, data) select 'busy', 'b' || n, 't', '1' from generate_series(1, 2) n;
update steadywire.logs set max_events = 1 where name = 'events';
select dblink_connect('other', :'other');
select dblink_exec('other', 'begin');
select dblink_exec('other', $$ delete from steadywire.events where topic = 'busy' and seq = 1 $$);
call steadywire.retain();
select pass('retain() waits for nobody who deletes rows');
select dblink_exec('other', 'rollback');
select is((select array_agg(seq order by seq) from steadywire.events where topic = 'busy'), '{1,2}', 'it leaves them to the next time');
call steadywire.retain();
select is((select array_agg(seq order by seq) from steadywire.events where topic = 'busy'), '{2}', 'when nobody is in the way');

select * from finish();
