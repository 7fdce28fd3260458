-- Keeping: events stay as they are, and go from the oldest on.

create or replace function steadywire.refuse_change() returns trigger language plpgsql set search_path = '' as $$
begin
  if coalesce(current_setting('steadywire.erasing', true), '') = 'on' then return new; end if;
  raise exception 'The events in % can''t be changed', tg_relid::regclass
    using errcode = 'restrict_violation', hint = 'Append another event; steadywire.erase(topic, seq) takes the data out of one.';
end $$;

create or replace function steadywire.note_removed() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  log steadywire.logs;
  gone record;
  place steadywire.topics;
begin
  select * into log from steadywire.logs l where l.relation = tg_relid;
  for gone in execute format(
    'select %L || %I::text as topic, min(seq) as low, max(seq) as high, count(*) as rows from removed group by 1 order by 1',
    log.prefix, log.topic_column)
  loop
    select * into place from steadywire.topics t where t.topic = gone.topic for update;
    continue when not found;
    if gone.low <> place.oldest or gone.rows <> gone.high - gone.low + 1 then
      raise exception 'Of % only the oldest events can be removed, from % on', gone.topic, place.oldest
        using errcode = 'restrict_violation', hint = 'steadywire.erase(topic, seq) takes the data out of one event.';
    end if;
    update steadywire.topics t set oldest = gone.high + 1 where t.topic = gone.topic;
  end loop;
  return null;
end $$;

create or replace function steadywire.note_truncated() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update steadywire.topics t set oldest = t.head + 1
  from steadywire.logs l where l.relation = tg_relid and t.log = l.name;
  return null;
end $$;

-- Takes the data out of an event for good: its position and its mark stay, and readers step over it. Answers whether it was there.
create or replace function steadywire.erase(topic text, seq bigint) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  log steadywire.logs := steadywire.log_of(topic);
  rows bigint;
begin
  perform set_config('steadywire.erasing', 'on', true);
  execute format(
    'update %s set %I = null, erased = true where %I = $1::%s and seq = $2 and not erased',
    log.relation, log.data_column, log.topic_column, log.topic_type)
  using substr(topic, length(log.prefix) + 1), seq;
  get diagnostics rows = row_count;
  perform set_config('steadywire.erasing', '', true);
  return rows > 0;
end $$;

-- Forgets a topic, with its events and all that is remembered of it. If it is born again, it has another epoch.
create or replace function steadywire.forget(topic text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  log steadywire.logs := steadywire.log_of(topic);
begin
  perform from steadywire.topics t where t.topic = forget.topic for update;
  delete from steadywire.topics t where t.topic = forget.topic;
  delete from steadywire.keys k where k.topic = forget.topic;
  execute format('delete from %s where %I = $1::%s', log.relation, log.topic_column, log.topic_type)
  using substr(topic, length(log.prefix) + 1);
end $$;

-- Removes what topics no longer keep, and forgets keys that are over age: to be called every hour. Each topic is a transaction of its
-- own, so that nobody waits for it; one in which somebody appends at the moment is left for the next time.
create or replace procedure steadywire.retain() language plpgsql as $$
declare
  one record;
  kept bigint;
  rows bigint;
begin
  for one in
    select t.topic, l as log, l.relation, l.topic_column, l.topic_type, l.prefix
    from steadywire.topics t join steadywire.logs l on l.name = t.log
    where t.oldest <= t.head and steadywire.is_there(l.relation) and (coalesce(t.max_age, l.max_age) is not null or coalesce(t.max_events, l.max_events) is not null)
  loop
    perform from steadywire.topics t where t.topic = one.topic for update skip locked;
    if found then
      kept := (steadywire.standing(one.topic)).oldest;
      begin
        -- Who deletes rows has them first and then waits for the topic: waiting for each other would end one of the two.
        execute format('select from %s where %I = $1::%s and seq < $2 for update nowait', one.relation, one.topic_column, one.topic_type)
        using substr(one.topic, length(one.prefix) + 1), kept;
        execute format('delete from %s where %I = $1::%s and seq < $2', one.relation, one.topic_column, one.topic_type)
        using substr(one.topic, length(one.prefix) + 1), kept;
      exception when lock_not_available then
        null;
      end;
    end if;
    commit;
  end loop;
  loop
    delete from steadywire.keys k
    using (
      select k.topic, k.scope, k.name from steadywire.keys k
      join steadywire.topics t on t.topic = k.topic join steadywire.logs l on l.name = t.log
      where k.at < now() - l.key_window limit 10000
      -- Whoever else does the same has them.
      for update of k skip locked
    ) as old
    where (k.topic, k.scope, k.name) = (old.topic, old.scope, old.name);
    get diagnostics rows = row_count;
    commit;
    exit when rows = 0;
  end loop;
end $$;
