-- Diagnosis: what is not as it should be, and what to do about it. select * from steadywire.diagnose()

do $$ begin
  create type steadywire.finding as (severity text, log text, problem text, cure text);
exception when duplicate_object then null;
end $$;

-- The functions, as every database has them that has the logs.
create or replace function steadywire.diagnose_parts() returns setof steadywire.finding
language sql stable set search_path = '' as $$
  select 'error', null, 'The function steadywire.' || f || ' is missing', 'Apply the migrations of this version, all of them, in order.'
  from unnest(array[
    'log_of(text)', 'lock_topic(text,text)', 'next_place(text,text,text,text,boolean)', 'settle()', 'append_drafts(text,steadywire.draft[],text,bigint,interval)', 'append_json(text,json,text,bigint,interval)',
    'append(text,text,json,text,text,text,text,boolean,text)', 'is_open(regclass)', 'standing(text)', 'page(text,bigint,text,text,bigint,bigint,boolean,bigint)',
    'publish(text,text,bigint,bigint)', 'erase(text,bigint)', 'forget(text)', 'build()', 'rebuild(steadywire.logs)', 'release(text)']) as f
  where to_regprocedure('steadywire.' || f) is null
  union all
  select 'error', null, 'The procedure steadywire.retain() is missing', 'Apply the migrations of this version, all of them, in order.'
  where to_regprocedure('steadywire.retain()') is null
$$;

-- Triggers, view and columns of a log.
create or replace function steadywire.diagnose_table(log steadywire.logs) returns setof steadywire.finding
language plpgsql stable set search_path = '' as $$
declare
  again constant text := format('select steadywire.rebuild(l) from steadywire.logs l where name = %L', log.name);
  facts record;
  types constant text[] := array[steadywire.type_of(log.relation, log.id_column), steadywire.type_of(log.relation, log.time_column),
    steadywire.type_of(log.relation, log.data_column)];
begin
  select c.relreplident, c.oid, exists (select from pg_catalog.pg_index i where i.indrelid = c.oid and i.indisprimary) as has_key
  into facts from pg_catalog.pg_class c where c.oid = log.relation;
  if not found then
    return next ('error', log.name, 'Its table is gone', format('select steadywire.release(%L)', log.name))::steadywire.finding;
    return;
  end if;
  return query
  select 'error', log.name, format('The trigger %s of %s is %s', wanted, log.relation, case when t.oid is null then 'missing' else 'disabled' end), again
  from unnest('{begin,place,end,keep,removed,truncated}'::text[]) as part
  cross join lateral (values ('zz_steadywire_' || part)) as names (wanted)
  left join pg_catalog.pg_trigger t on t.tgrelid = log.relation and t.tgname = wanted
  where t.oid is null or t.tgenabled not in ('O', 'A');
  if 'Made by ' || steadywire.build() is distinct from obj_description(to_regclass(format('steadywire.%I', log.name || '_log')), 'pg_class') then
    return next ('error', log.name, format('What stands around %s was made by another version', log.relation), again)::steadywire.finding;
  end if;
  if facts.relreplident <> 'f' then
    return next ('error', log.name, format('The replica identity of %s is not full: Realtime can not tell who may see a change', log.relation),
      format('alter table %s replica identity full', log.relation))::steadywire.finding;
  end if;
  if not facts.has_key then
    return next ('error', log.name, format('%s has no primary key: Realtime refuses it (400)', log.relation),
      format('alter table %s add primary key (%I)', log.relation, log.id_column))::steadywire.finding;
  end if;
  if types[1] in ('smallint', 'integer', 'bigint') then
    return next ('warning', log.name, format('The ids of %s are numbers, which a restored backup gives out again: then readers may not notice it', log.relation),
      format('Give events random ids: alter table %s alter column event_id set default gen_random_uuid()::text', log.relation))::steadywire.finding;
  end if;
  if types[2] is distinct from 'timestamp with time zone' then
    return next ('error', log.name, format('The column %s of %s is no timestamptz', log.time_column, log.relation),
      format('alter table %s alter column %I type timestamptz', log.relation, log.time_column))::steadywire.finding;
  end if;
  if types[3] is null or types[3] not in ('text', 'json', 'jsonb') then
    return next ('error', log.name, format('The column %s of %s is neither jsonb nor json, nor JSON as text', log.data_column, log.relation),
      format('alter table %s alter column %I type jsonb using %2$I::jsonb', log.relation, log.data_column))::steadywire.finding;
  end if;
end $$;

-- Whether a role gets past the policies of a table with a command: 'r' to select, 'a' to insert.
create or replace function steadywire.gets_past(who name, relation regclass, command "char") returns boolean
language sql stable set search_path = '' as $$
  with applying as (
    select p.polpermissive, pg_get_expr(case command when 'a' then coalesce(p.polwithcheck, p.polqual) else p.polqual end, p.polrelid) as rule
    from pg_catalog.pg_policy p
    where p.polrelid = relation and p.polcmd in (command, '*')
      and exists (select from unnest(p.polroles) as r where r = 0 or pg_has_role(who, r, 'usage'))
  )
  select exists (select from applying where polpermissive and rule <> 'false')
    and not exists (select from applying where not polpermissive and rule = 'false')
$$;

-- Who gets in: rights, row security and policies, where Supabase's roles are.
create or replace function steadywire.diagnose_access(log steadywire.logs) returns setof steadywire.finding
language plpgsql stable set search_path = '' as $$
declare
  secured constant boolean := (select relrowsecurity from pg_catalog.pg_class where oid = log.relation);
  readers constant name[] := array(select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') order by 1);
  who name;
begin
  if log.may_read is null then
    if secured and readers <> '{}' then
      return next ('warning', log.name, 'No function says who may read a topic, so nobody may who is subject to row security',
        format('select steadywire.adopt(%L, name => %L, …, may_read => …)', log.relation::text, log.name))::steadywire.finding;
    end if;
  elsif (select btrim(prosrc) ~* '^select\s+false;?$' from pg_catalog.pg_proc where oid = log.may_read) then
    return next ('note', log.name, format('%s is still as it came: nobody but the service role may read', log.may_read::regproc),
      format('create or replace function %s(%s) returns boolean language sql stable as …', log.may_read::regproc,
        pg_get_function_identity_arguments(log.may_read)))::steadywire.finding;
  elsif 'authenticated' = any (readers) and not has_function_privilege('authenticated', log.may_read, 'execute') then
    return next ('error', log.name, format('authenticated may not execute %s', log.may_read),
      format('grant execute on function %s to anon, authenticated, service_role', log.may_read))::steadywire.finding;
  end if;
  foreach who in array readers loop
    if not secured and has_table_privilege(who, log.relation, 'select, insert, update, delete') then
      return next ('error', log.name, format('%s has no row security: %s may do what it is granted, with all rows', log.relation, who),
        format('alter table %s enable row level security', log.relation))::steadywire.finding;
    end if;
    if has_table_privilege(who, log.relation, 'insert') and (not secured or steadywire.gets_past(who, log.relation, 'a')) then
      return next ('error', log.name, format('%s may insert into %s, and so make up events', who, log.relation),
        format('revoke insert on %s from %I, or let the policy say: to service_role', log.relation, who))::steadywire.finding;
    end if;
  end loop;
  if not 'authenticated' = any (readers) then return; end if;
  if not has_table_privilege('authenticated', log.relation, 'select') then
    return next ('error', log.name, format('authenticated has no right to select from %s', log.relation),
      format('grant select on %s to authenticated', log.relation))::steadywire.finding;
  elsif secured and not steadywire.gets_past('authenticated', log.relation, 'r') then
    return next ('error', log.name, format('No policy shows any row of %s to authenticated: readers subscribe and see nothing', log.relation),
      format('create policy steadywire_read on %s for select to authenticated using (…)', log.relation))::steadywire.finding;
  end if;
end $$;

-- What Supabase Realtime needs, where it is.
create or replace function steadywire.diagnose_realtime(log steadywire.logs) returns setof steadywire.finding
language plpgsql stable security definer set search_path = '' as $$
begin
  if to_regnamespace('realtime') is null then
    if log.broadcast <> 'off' then
      return next ('error', log.name, 'It is to be broadcast, but there is no Supabase Realtime here', format('select steadywire.set_broadcast(%L, ''off'')', log.name))::steadywire.finding;
    end if;
    return;
  end if;
  if not exists (select from pg_catalog.pg_publication where pubname = 'supabase_realtime') then
    return next ('error', log.name, 'The publication supabase_realtime is missing', 'create publication supabase_realtime; then apply …_supabase_realtime.sql again')::steadywire.finding;
  elsif log.relation::oid not in (select p.relid from pg_catalog.pg_get_publication_tables('supabase_realtime') p) then
    return next ('error', log.name, format('%s is not in the publication supabase_realtime', log.relation),
      format('alter publication supabase_realtime add table %s', log.relation))::steadywire.finding;
  end if;
  if log.broadcast = 'off' then return; end if;
  if to_regclass('realtime.messages') is null or to_regprocedure('realtime.send(jsonb, text, text, boolean)') is null then
    return next ('error', log.name, 'It is to be broadcast, but realtime.messages or realtime.send is missing', 'Update Supabase Realtime.')::steadywire.finding;
    return;
  end if;
  if not exists (
    select from pg_catalog.pg_publication p cross join lateral pg_catalog.pg_get_publication_tables(p.pubname::text) t
    where t.relid = 'realtime.messages'::regclass or t.relid in (select i.inhrelid from pg_catalog.pg_inherits i where i.inhparent = 'realtime.messages'::regclass))
  then
    return next ('error', log.name, 'No publication has realtime.messages, so broadcasts of the database reach nobody',
      'Realtime makes supabase_realtime_messages_publication when it starts: restart it.')::steadywire.finding;
  end if;
  if not exists (select from pg_catalog.pg_policy where polrelid = 'realtime.messages'::regclass and polname = 'steadywire_hear') then
    return next ('error', log.name, 'The policies on realtime.messages are missing, so broadcasts reach nobody', 'Apply …_supabase_realtime.sql again.')::steadywire.finding;
  end if;
end $$;

-- The service role may not look into the schema of pg_cron.
create or replace function steadywire.diagnose_retention() returns setof steadywire.finding
language plpgsql stable security definer set search_path = '' as $$
declare
  scheduled boolean;
  late interval;
begin
  return query
  select 'note', l.name, format('%s keeps its events for ever', l.relation), format('update steadywire.logs set max_age = ''30 days'' where name = %L', l.name)
  from steadywire.logs l where l.max_age is null and l.max_events is null;
  if to_regclass('cron.job') is null then
    return next ('note', null, 'pg_cron is not here to call steadywire.retain() every hour',
      'Switch it on and apply …_supabase_retention.sql again, or have a process with a log of @steadywire/log-postgres, which calls it.')::steadywire.finding;
  else
    execute $query$ select exists (select from cron.job where command ~* 'steadywire\.retain' and active) $query$ into scheduled;
    if not scheduled then
      return next ('warning', null, 'pg_cron has no active job that calls steadywire.retain()', 'Apply …_supabase_retention.sql again.')::steadywire.finding;
    end if;
  end if;
  select max(now() - oldest.at - coalesce(t.max_age, l.max_age)) into late
  from steadywire.topics t join steadywire.logs l on l.name = t.log and steadywire.is_there(l.relation) cross join lateral steadywire.neighbour(l, t.topic, t.oldest) as oldest
  where t.oldest <= t.head;
  if late > interval '2 hours' then
    return next ('warning', null, format('What topics no longer keep was not removed for %s', date_trunc('minute', late)),
      'Let somebody call steadywire.retain() every hour: pg_cron, or any process with a log of @steadywire/log-postgres.')::steadywire.finding;
  end if;
end $$;

-- Everything that is not as it should be; nothing, if all is well. severity: error (it does not work, or lets in who must not be),
-- warning (it will not work some day), note.
create or replace function steadywire.diagnose() returns setof steadywire.finding
language sql stable set search_path = '' as $$
  select found.* from (
    select * from steadywire.diagnose_parts()
    union all select f.* from steadywire.logs l cross join lateral steadywire.diagnose_table(l) f
    union all select f.* from steadywire.logs l cross join lateral steadywire.diagnose_access(l) f where steadywire.is_there(l.relation)
    union all select f.* from steadywire.logs l cross join lateral steadywire.diagnose_realtime(l) f where steadywire.is_there(l.relation)
    union all select * from steadywire.diagnose_retention()
  ) as found
  order by array_position('{error,warning,note}', severity), log nulls first, problem
$$;

do $$
declare
  parts constant text := 'steadywire.diagnose(), steadywire.diagnose_parts(), steadywire.diagnose_table(steadywire.logs),
    steadywire.diagnose_access(steadywire.logs), steadywire.diagnose_realtime(steadywire.logs), steadywire.diagnose_retention(),
    steadywire.gets_past(name, regclass, "char"), steadywire.type_of(regclass, name), steadywire.build()';
begin
  execute format('revoke execute on function %s from public', parts);
  if not exists (select from pg_roles where rolname = 'service_role') then return; end if;
  execute format('grant execute on function %s to service_role', parts);
end $$;
