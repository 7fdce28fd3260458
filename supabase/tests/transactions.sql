\ir setup.psql
select plan(10);

create table jobs (id text primary key, state text not null, version integer not null default 1);
alter table jobs enable row level security;
create policy members_change on jobs for all to authenticated using (true) with check (true);
-- It appends in the name of its owner: who changes a job need not have the right to append.
create function tell_of_job() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  perform steadywire.append('job:' || new.id, 'job.updated', to_json(new), key => new.id || ':' || new.version, entity_type => 'job', entity_id => new.id,
    final => new.state = 'done');
  return null;
end $$;
create trigger tell_of_job after insert or update on jobs for each row execute function tell_of_job();

insert into jobs values ('1', 'created');
select is((select data::json ->> 'state' from steadywire.events where topic = 'job:1'), 'created', 'a mutation and its event are there together');
begin;
update jobs set state = 'running', version = 2;
rollback;
select is((select array_agg(seq) from steadywire.events where topic = 'job:1'), '{1}', 'or neither');
update jobs set state = 'running', version = 2;
update jobs set state = 'running', version = 2;
select is((select array_agg(seq order by seq) from steadywire.events where topic = 'job:1'), '{1,2}', 'the row''s version as key makes repeats harmless');
select is((select entity_type || ' ' || entity_id || ' ' || key from steadywire.events where topic = 'job:1' and seq = 2), 'job 1 1:2', 'the event says what it is about');

select become('authenticated', 'ann');
select lives_ok($$ insert into jobs values ('2', 'created') $$, 'a client that may change a job causes its event');
select throws_ok($$ select steadywire.append('job:2', 'job.updated', '{}') $$, '42501', null, 'though it may not append');
select become('none');
update jobs set state = 'done', version = 3 where id = '2';
select throws_ok($$ update jobs set state = 'running', version = 4 where id = '2' $$, 'SW001', null, 'what can not be told does not happen either');
select is((select state from jobs where id = '2'), 'done', 'so the row is as its last event says');
insert into jobs select 'many' || n, 'created' from generate_series(1, 50) n;
select is((select count(*) from steadywire.events where starts_with(topic, 'job:many') and seq = 1), 50::bigint, 'many rows of one statement tell of each');
select throws_ok($$ select steadywire.append('job:3', 'big', to_json(repeat('x', 70000))) $$, 'SW003', null, 'too much data is refused');

select * from finish();
