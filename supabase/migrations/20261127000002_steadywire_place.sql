-- Placing: each row that is inserted into a log gets its position, however it is inserted.

-- The run: what the current statement has placed of one topic so far, as {topic, log, epoch, head, mark, at, sealed, first}. It is
-- a setting of the transaction, rolled back as rows are; it saves writing the head of the topic for each row.
create or replace function steadywire.run() returns text[] language sql stable set search_path = '' as $$
  select nullif(current_setting('steadywire.run', true), '')::text[]
$$;

-- Ends the run: writes the head, and tells of the events.
create or replace function steadywire.settle() returns void
language plpgsql security definer set search_path = '' as $$
declare
  run text[] := steadywire.run();
begin
  if run is null then return; end if;
  perform set_config('steadywire.run', '', true);
  update steadywire.topics t
  set head = run[4]::bigint, mark = run[5], at = run[6]::timestamptz, sealed = run[7]::boolean
  where t.topic = run[1];
  perform steadywire.publish(run[1], run[2], run[8]::bigint, run[4]::bigint);
end $$;

-- How many positions each statement was given; the innermost is the last.
create or replace function steadywire.given() returns bigint[] language sql stable set search_path = '' as $$
  select coalesce(nullif(current_setting('steadywire.given', true), '')::bigint[], '{}')
$$;

-- Whether an event may have this id: of ASCII, whatever counts as a letter in this database.
create or replace function steadywire.is_id(id text) returns boolean language sql immutable as $$
  select coalesce(length(id) <= 128 and id ~ '^[A-Za-z0-9_.:-]+$', false)
$$;

do $$ begin
  create type steadywire.place as (seq bigint, epoch text, prev text, at timestamptz);
exception when duplicate_object then null;
end $$;

-- The next position of a topic, for an event with this id; nothing if an event with this key is remembered.
create or replace function steadywire.next_place(topic text, log text, id text, key text, final boolean)
returns steadywire.place
language plpgsql security definer set search_path = '' as $$
declare
  run text[] := steadywire.run();
  given bigint[] := steadywire.given();
  last steadywire.topics;
  place steadywire.place;
  remembered constant boolean := coalesce(current_setting('steadywire.appending', true), '') = 'on';
begin
  if not steadywire.is_id(id) then
    raise exception 'An event can''t have the id %', coalesce(to_json(id)::text, 'null')
      using errcode = 'SW002', hint = 'Use 1 to 128 of A-Z a-z 0-9 _ . : -';
  end if;
  if run is null or run[1] <> topic then
    perform steadywire.settle();
    last := steadywire.lock_topic(topic, log);
    run := array[topic, log, last.epoch, last.head::text, last.mark, last.at::text, last.sealed::text, (last.head + 1)::text];
  end if;
  if key is not null and not remembered then
    perform from steadywire.keys k where k.topic = next_place.topic and k.scope = '' and k.name = 'k' || to_json(key)::text;
    if found then return null; end if;
  end if;
  if run[7]::boolean then
    raise exception '% ended: its last event is final', topic
      using errcode = 'SW001', hint = 'Nothing can be appended after a final event; use a new topic.';
  end if;
  place.seq := run[4]::bigint + 1;
  place.epoch := run[3];
  place.prev := run[5];
  place.at := greatest(date_trunc('milliseconds', clock_timestamp()), run[6]::timestamptz);
  if key is not null and not remembered then
    insert into steadywire.keys values (topic, '', 'k' || to_json(key)::text, place.seq, right(id, 8), clock_timestamp());
  end if;
  run[4] := place.seq::text;
  run[5] := right(id, 8);
  run[6] := place.at::text;
  run[7] := coalesce(final, false)::text;
  given[cardinality(given)] := given[cardinality(given)] + 1;
  perform set_config('steadywire.run', run::text, true), set_config('steadywire.given', given::text, true);
  return place;
end $$;

-- Before and after each statement: a position that no row took would be a hole for ever.
create or replace function steadywire.begin_statement() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform set_config('steadywire.given', (steadywire.given() || 0::bigint)::text, true);
  return null;
end $$;

create or replace function steadywire.end_statement() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  given bigint[] := steadywire.given();
  positions bigint := given[cardinality(given)];
  rows bigint;
begin
  select count(*) into rows from inserted;
  if rows <> positions then
    raise exception '% positions were given and % rows inserted: a position would be lost', positions, rows
      using errcode = 'SW002', hint = 'Insert without ON CONFLICT, and without triggers that drop rows; a key makes repeats harmless.';
  end if;
  perform set_config('steadywire.given', trim_array(given, 1)::text, true);
  perform steadywire.settle();
  return null;
end $$;
