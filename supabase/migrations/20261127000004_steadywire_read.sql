-- Reading pages: what a reader may see of a topic, in one snapshot, and what that proves.
--
-- These functions are stable, and so all of one call sees one moment.

-- Whether row security is not for the caller: an owner of the table, a superuser, the service role.
create or replace function steadywire.is_privileged(relation regclass) returns boolean
language sql stable security definer set search_path = '' as $$
  select r.rolsuper or r.rolbypassrls or pg_has_role(r.oid, c.relowner, 'usage')
  from pg_catalog.pg_roles r, pg_catalog.pg_class c
  where c.oid = relation
    and r.rolname = case current_setting('role') when 'none' then session_user::text else current_setting('role') end
$$;

-- Whether all rows of a table are for the caller: row security, if it has any, says for each row by itself who may see it.
create or replace function steadywire.is_open(relation regclass) returns boolean
language sql stable security definer set search_path = '' as $$
  select not c.relrowsecurity
    and has_table_privilege(case current_setting('role') when 'none' then session_user::text else current_setting('role') end, relation, 'select')
  from pg_catalog.pg_class c where c.oid = relation
$$;

create or replace function steadywire.is_reader(log steadywire.logs, topic text) returns boolean
language plpgsql stable security definer set search_path = '' as $$
declare
  answer boolean;
begin
  if steadywire.is_privileged(log.relation) then return true; end if;
  if log.may_read is null then return steadywire.is_open(log.relation); end if;
  execute format('select %s($1)', log.may_read::regproc) into answer using topic;
  return coalesce(answer, false);
end $$;

-- When the event at `seq` was placed, and the mark of the one before it.
create or replace function steadywire.neighbour(log steadywire.logs, topic text, seq bigint, out at timestamptz, out prev text)
language plpgsql stable security definer set search_path = '' as $$
begin
  execute format('select moment, before from steadywire.%I($1, $2)', log.name || '_neighbour')
  into at, prev using substr(topic, length(log.prefix) + 1), seq;
end $$;

-- Where a topic stands for readers: what is beyond what it keeps counts as removed. Nothing if it was not born yet.
create or replace function steadywire.standing(topic text) returns steadywire.topics
language plpgsql stable security definer set search_path = '' as $$
declare
  log steadywire.logs := steadywire.log_of(topic);
  place steadywire.topics;
  low bigint;
  high bigint;
  middle bigint;
  cut timestamptz;
begin
  if not steadywire.is_reader(log, topic) then
    raise exception 'No right to read %', topic
      using errcode = 'insufficient_privilege', hint = coalesce(
        format('%s decides who may read.', log.may_read::regproc),
        format('Say who may: select steadywire.adopt(%L, …, may_read => …).', log.relation::text));
  end if;
  select * into place from steadywire.topics t where t.topic = standing.topic;
  if not found then return null; end if;
  place.oldest := greatest(place.oldest, place.head - coalesce(place.max_events, log.max_events, place.head) + 1);
  cut := clock_timestamp() - coalesce(place.max_age, log.max_age);
  if place.at <= cut then
    place.oldest := place.head + 1;
  elsif (steadywire.neighbour(log, topic, place.oldest)).at <= cut then
    -- Times ascend: the first younger one is found by halving.
    low := place.oldest + 1;
    high := place.head;
    while low < high loop
      middle := (low + high) / 2;
      if (steadywire.neighbour(log, topic, middle)).at <= cut then low := middle + 1; else high := middle; end if;
    end loop;
    place.oldest := low;
  end if;
  return place;
end $$;

-- The mark of the event at a position; below the first there is none. Who calls it says where the topic stands, so it is asked again who may read.
create or replace function steadywire.mark_at(place steadywire.topics, seq bigint) returns text
language plpgsql stable security definer set search_path = '' as $$
declare
  log steadywire.logs;
begin
  if seq = place.head then return place.mark; end if;
  if seq not between place.oldest - 1 and place.head then return null; end if;
  log := steadywire.log_of(place.topic);
  return case when steadywire.is_reader(log, place.topic) then nullif((steadywire.neighbour(log, place.topic, seq + 1)).prev, '') end;
end $$;

-- A head as JSON, without its last brace.
create or replace function steadywire.head_text(place steadywire.topics) returns text
language sql immutable set search_path = '' as $$
  select case when place.epoch is null then '{"oldest":1,"head":0' else
    format('{"epoch":"%s","oldest":%s,"head":%s,"mark":"%s"', place.epoch, place.oldest, place.head, place.mark)
    || case when place.sealed then ',"sealed":true' else '' end
  end
$$;

-- A page: `head` is the JSON of all but its events, without the last brace; `events` are the events' JSON, a line each. Reads after a
-- position, below `before`, at most `most` events and about `max_bytes`; with `last` the newest ones.
create or replace function steadywire.page(
  topic text, after_seq bigint, after_epoch text, after_mark text, most bigint, before bigint, last boolean, max_bytes bigint,
  out head text, out events text)
language plpgsql stable set search_path = '' as $$
declare
  log steadywire.logs := steadywire.log_of(topic);
  place steadywire.topics := steadywire.standing(topic);
  start bigint;
  ends bigint;
  through bigint;
  first_out bigint;
  mark text;
begin
  head := steadywire.head_text(place);
  events := '';
  if place.epoch is null or after_epoch <> place.epoch then
    head := head || ',"through":0';
    return;
  end if;
  if after_mark <> steadywire.mark_at(place, after_seq) then
    head := head || ',"through":0,"rewound":true';
    return;
  end if;
  start := greatest(coalesce(after_seq, 0) + 1, place.oldest);
  ends := greatest(0, least(place.head, before - 1));
  execute format('select events, first_out from steadywire.%I($1, $2, $3, $4, $5, $6)', log.name || '_page')
  into events, first_out using substr(topic, length(log.prefix) + 1), start, ends, most, max_bytes, last;
  through := case when last or start > ends then ends else coalesce(first_out - 1, ends) end;
  mark := steadywire.mark_at(place, through);
  head := head || format(',"through":%s', through) || coalesce(',"throughMark":"' || mark || '"', '');
end $$;

-- A page as one JSON value, for readers over HTTP.
create or replace function steadywire.read(
  topic text, after_seq bigint default null, after_epoch text default null, after_mark text default null,
  most bigint default 100, before bigint default null, last boolean default false) returns json
language sql stable set search_path = '' as $$
  select (head || ',"events":[' || replace(events, e'\n', ',') || ']}')::json
  from steadywire.page(
    topic, after_seq, after_epoch, after_mark, least(greatest(most, 0), 1000), coalesce(before, 9007199254740991), coalesce(last, false), 1048576)
$$;

-- The heads of those topics that the caller may read: an object, topic → head.
create or replace function steadywire.heads(topics text[]) returns json
language plpgsql stable set search_path = '' as $$
declare
  one text;
  answers text;
begin
  foreach one in array topics[1:1000] loop
    begin
      answers := concat_ws(',', answers, to_json(one) || ':' || steadywire.head_text(steadywire.standing(one)) || '}');
    exception when insufficient_privilege or sqlstate 'SW002' then
      null;
    end;
  end loop;
  return '{' || coalesce(answers, '') || '}';
end $$;
