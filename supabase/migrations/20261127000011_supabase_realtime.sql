-- Supabase Realtime: row changes of the logs' tables, and broadcasts on private channels that are called like their topics.

-- The tables that were added to the publication here, and are taken out of it again.
create table if not exists steadywire.published (relation regclass primary key);
select steadywire.secure('steadywire.published');

-- Lets Realtime tell of a log's rows: adds its table to the publication supabase_realtime. Called by rebuild.
create or replace function steadywire.announce(log steadywire.logs) returns void
language plpgsql set search_path = '' as $$
begin
  if not exists (select from pg_catalog.pg_publication where pubname = 'supabase_realtime')
    or log.relation::oid in (select p.relid from pg_catalog.pg_get_publication_tables('supabase_realtime') p) then return; end if;
  execute format('alter publication supabase_realtime add table %s', log.relation);
  insert into steadywire.published values (log.relation) on conflict do nothing;
exception when insufficient_privilege then
  raise warning '% could not be added to the publication supabase_realtime: %', log.relation, sqlerrm
    using hint = format('Let its owner run: alter publication supabase_realtime add table %s', log.relation);
end $$;

-- Undoes that. Called by release.
create or replace function steadywire.withdraw(log steadywire.logs) returns void
language plpgsql set search_path = '' as $$
begin
  delete from steadywire.published p where p.relation = log.relation;
  if found and exists (
    select from pg_catalog.pg_publication_rel r join pg_catalog.pg_publication p on p.oid = r.prpubid
    where p.pubname = 'supabase_realtime' and r.prrelid = log.relation)
  then
    execute format('alter publication supabase_realtime drop table %s', log.relation);
  end if;
end $$;

-- Says what Realtime broadcasts of a log from now on: 'off', 'events', or 'heads' (only where the head is: for a table whose row security
-- hides some events from some readers of a topic).
--
--   select steadywire.set_broadcast('events', 'events');
create or replace function steadywire.set_broadcast(log text, what text) returns void
language plpgsql set search_path = '' as $$
begin
  update steadywire.logs l set broadcast = what where l.name = set_broadcast.log;
  if not found then
    raise exception 'There is no log called %', to_json(log)
      using errcode = 'SW002', hint = format('There are: %s', (select string_agg(name, ', ' order by name) from steadywire.logs));
  end if;
end $$;

-- The log that broadcasts on a channel of this name, if one does.
create or replace function steadywire.broadcaster(topic text) returns steadywire.logs
language sql stable security definer set search_path = '' as $$
  select found from (
    select l as found, l.broadcast from steadywire.logs l
    where starts_with(broadcaster.topic, l.prefix) order by length(l.prefix) desc limit 1) as longest
  where broadcast <> 'off'
$$;

-- Whether the caller may hear a channel, as a reader of the topic of this name. It never fails: that would close the app's other channels.
create or replace function steadywire.may_hear(topic text) returns boolean
language plpgsql stable security definer set search_path = '' as $$
declare
  log constant steadywire.logs := steadywire.broadcaster(topic);
begin
  return log.name is not null and topic ~ '^[!-~]+$' and length(topic) <= 256 and steadywire.is_reader(log, topic);
exception when others then
  return false;
end $$;

-- Whether a channel is a topic's, and so no other policy of the app may open it. A topic of a log without a prefix may be called like any
-- channel: it has to be there.
create or replace function steadywire.is_topic(channel text) returns boolean
language sql stable security definer set search_path = '' as $$
  select coalesce(log.name is not null and (log.prefix <> '' or exists (select from steadywire.topics t where t.topic = is_topic.channel)), false)
  from steadywire.broadcaster(channel) as log
$$;

revoke execute on function
  steadywire.announce(steadywire.logs), steadywire.withdraw(steadywire.logs), steadywire.set_broadcast(text, text),
  steadywire.broadcaster(text), steadywire.may_hear(text), steadywire.is_topic(text) from public;
select steadywire.allow('execute on function steadywire.may_hear(text), steadywire.is_topic(text)', 'anon', 'authenticated', 'service_role');

-- Readers of a topic hear its channel, and nobody else does, whatever the app's own policies let pass on its other channels. Nobody but the
-- database speaks on it.
do $$
begin
  if to_regclass('realtime.messages') is null or to_regprocedure('realtime.topic()') is null then return; end if;
  perform
    steadywire.set_policy('realtime.messages', 'steadywire_hear', 'for select',
      $rule$ using (extension = 'broadcast' and topic = (select realtime.topic()) and (select steadywire.may_hear(realtime.topic()))) $rule$,
      'anon', 'authenticated'),
    steadywire.set_policy('realtime.messages', 'steadywire_only_readers_hear', 'as restrictive for select',
      $rule$ using (not (select steadywire.is_topic(realtime.topic())) or (select steadywire.may_hear(realtime.topic()))) $rule$,
      'anon', 'authenticated'),
    steadywire.set_policy('realtime.messages', 'steadywire_nobody_speaks', 'as restrictive for insert',
      $rule$ with check (extension <> 'broadcast' or not (select steadywire.is_topic(realtime.topic()))) $rule$,
      'anon', 'authenticated');
exception when insufficient_privilege then
  raise warning 'No policies could be made on realtime.messages: %', sqlerrm
    using hint = 'Without them broadcasts reach nobody. Apply this file as a role that may, or leave broadcasts off.';
end $$;

select steadywire.announce(l) from steadywire.logs l;
