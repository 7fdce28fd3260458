\ir setup.psql
select plan(34);

create function found(what text) returns boolean language sql as $$ select exists (select from steadywire.diagnose() d where d.problem like what and d.cure <> '') $$;
create function problems(severity text) returns bigint language sql as $$ select count(*) from steadywire.diagnose() d where d.severity = problems.severity $$;

select is(problems('error') + problems('warning'), 0::bigint, 'a fresh database has nothing to complain of');
select ok(found('steadywire.may_read is still as it came%'), 'but that may_read is still as it came');
create or replace function steadywire.may_read(topic text) returns boolean language sql stable as 'select true';
select ok(not found('steadywire.may_read is still%'), 'until it is replaced');
select ok(not found('steadywire.events keeps%'), 'the general log forgets');
select ok(found('pg_cron is not here%'), 'but nothing in the database sees to it');
select become('service_role');
select lives_ok('select * from steadywire.diagnose()', 'the service role may ask');
select become('none');

-- Each fault by itself; what is planted is taken back.
create function finds(fault text, what text) returns text language plpgsql as $$
declare
  was constant boolean := found(what);
  is_found boolean;
begin
  begin
    execute fault;
    is_found := found(what);
    raise exception 'taken back' using errcode = 'XX999';
  exception when sqlstate 'XX999' then null;
  end;
  return ok(is_found and not was, what);
end $$;

create table own (id bigint generated always as identity, room text not null, type text not null, data jsonb, created_at timestamptz default now());
select steadywire.adopt('own', name => 'own', prefix => 'room:', topic_column => 'room', max_age => '24 hours');
select ok(found('public.own has no primary key%'), 'a table without primary key');
select ok(found('The ids of public.own are numbers%'), 'ids whose marks repeat');
select ok(found('public.own has no row security%'), 'a table without row security');
select ok(found('anon may insert into public.own%'), 'into which anybody inserts');
alter table own add primary key (id), enable row level security;
select ok(found('No policy shows any row of public.own%'), 'policies that hide everything from readers');
select ok(found('No function says who may read%'), 'row security, and nobody who says whose a topic is');
create policy see on own for select to authenticated using (true);
select ok(not found('No policy shows any row of public.own%') and not found('anon may insert into public.own%'), 'what was mended is not found again');
select finds('create policy let_in on own for insert with check (true)', 'anon may insert into public.own%');
select finds('create policy hide on own as restrictive for select to authenticated using (false)', 'No policy shows any row of public.own%');
select finds('revoke select on own from authenticated', 'authenticated has no right to select from public.own');
select finds('revoke execute on function steadywire.may_read(text) from authenticated', 'authenticated may not execute steadywire.may_read(text)');
select finds('alter publication supabase_realtime drop table own', 'public.own is not in the publication supabase_realtime');
select finds('drop publication supabase_realtime', 'The publication supabase_realtime is missing');
select finds('alter table own replica identity default', 'The replica identity of public.own is not full%');
select finds('alter table own disable trigger zz_steadywire_place', 'The trigger zz_steadywire_place of public.own is disabled');
select finds('drop trigger zz_steadywire_end on own', 'The trigger zz_steadywire_end of public.own is missing');
select finds('alter table steadywire.events disable row level security; grant insert on steadywire.events to anon', 'anon may insert into steadywire.events%');
select finds('drop view steadywire.own_log cascade; drop trigger zz_steadywire_keep on own; alter table own alter created_at type timestamp', 'The column created_at of public.own is no timestamptz');
select finds('drop view steadywire.own_log cascade; drop trigger zz_steadywire_keep on own; alter table own alter data type integer using 1', 'The column data of public.own is neither jsonb nor json, nor JSON as text');
select finds($f$ create or replace function steadywire.create_view(log steadywire.logs) returns void language sql as 'select 1' $f$, 'What stands around public.own was made by another version');
select finds('drop procedure steadywire.retain()', 'The procedure steadywire.retain() is missing');
select finds('drop function steadywire.erase(text, bigint)', 'The function steadywire.erase(text,bigint) is missing');
select finds($f$ select steadywire.set_broadcast('own', 'events'); drop publication supabase_realtime_messages_publication $f$, 'No publication has realtime.messages%');
select finds($f$ select steadywire.set_broadcast('own', 'events'); drop policy steadywire_hear on realtime.messages $f$, 'The policies on realtime.messages are missing%');
select finds($f$
  insert into own (room, type, data) values ('1', 't', '1');
  set local session_replication_role = replica;
  update own set created_at = now() - interval '3 days';
  set local session_replication_role = origin $f$, 'What topics no longer keep was not removed for%');
select finds('create schema cron; create table cron.job (command text, active boolean)', 'pg_cron has no active job%');
select finds('update steadywire.logs set max_age = null where name = ''own''', 'public.own keeps its events for ever');
select finds('drop table own cascade', 'Its table is gone');

select * from finish();
