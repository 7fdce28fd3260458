-- Steadywire: topics as logs in PostgreSQL 15 or newer, with or without Supabase.
--
-- A topic is an append-only, ordered log of events. Its head is one row of steadywire.topics, which is locked from the first
-- event that a transaction appends until it commits or rolls back: so positions have no holes, and become visible in order.
-- Events live in tables of their own, which steadywire.adopt makes into logs. All these files may be applied again at any time.
--
-- Errors of their own: SW001 the topic ended, SW002 what was given can't be used, SW003 the data is too large.

create schema if not exists steadywire;

-- The tables that are logs.
create table if not exists steadywire.logs (
  name text primary key check (name ~ '^[a-z_][a-z0-9_]{0,39}$'),
  relation regclass not null unique,
  -- A topic is the prefix, then the value of the topic column. The longest prefix that fits says which log a topic is in.
  prefix text not null unique,
  topic_column name not null,
  topic_type text not null,
  -- An id that is no text is stood in for by the column event_id, where that is set.
  id_column name not null,
  id_is_text boolean not null,
  type_column name not null,
  data_column name not null,
  time_column name not null,
  key_column name,
  entity_type_column name,
  entity_id_column name,
  actor_column name,
  -- Who may read a topic: a function (topic text) returns boolean. Without it, whoever may read the table, if that has no row security.
  may_read regprocedure,
  -- What topics keep. Readers see no more at once; steadywire.retain() removes it.
  max_events bigint,
  max_age interval,
  -- For how long ids and keys are remembered.
  key_window interval not null,
  -- The cap of an event's data, in bytes of its JSON as it was sent.
  max_bytes integer,
  -- What Supabase Realtime broadcasts of each append, on the private channel of the topic: nothing, the events, or only where
  -- the head is (for a table whose row security hides some events from some readers of a topic).
  broadcast text not null check (broadcast in ('off', 'events', 'heads'))
);

-- Where each topic stands. `mark`: the last 8 characters of the id of the event at `head`.
create table if not exists steadywire.topics (
  topic text primary key,
  log text not null references steadywire.logs on delete cascade,
  epoch text not null,
  head bigint not null default 0,
  mark text not null default '',
  oldest bigint not null default 1,
  at timestamptz not null default '-infinity',
  sealed boolean not null default false,
  -- What this topic keeps, where that differs from its log.
  max_events bigint,
  max_age interval
) with (fillfactor = 50);

-- Which ids and keys were appended, whatever became of the events. A name is 'i' and an id, or 'k' and a key as JSON.
create table if not exists steadywire.keys (
  topic text not null,
  scope text not null,
  name text not null,
  seq bigint not null,
  mark text not null,
  at timestamptz not null,
  primary key (topic, scope, name)
);
create index if not exists keys_at on steadywire.keys (at);

-- Whether a table is still there: who drops one need not have released it.
create or replace function steadywire.is_there(relation regclass) returns boolean language sql stable set search_path = '' as $$
  select exists (select from pg_catalog.pg_class where oid = relation)
$$;

create or replace function steadywire.log_of(topic text) returns steadywire.logs
language plpgsql stable security definer set search_path = '' as $$
declare
  log steadywire.logs;
begin
  select * into log from steadywire.logs l
  where starts_with(log_of.topic, l.prefix) order by length(l.prefix) desc limit 1;
  if found then return log; end if;
  raise exception 'No table keeps topics like %', to_json(topic)
    using errcode = 'SW002', hint = 'Make one a log: select steadywire.adopt(…).';
end $$;

-- Locks a topic, and answers where it stands. One that was not born yet is born by that.
create or replace function steadywire.lock_topic(topic text, log text) returns steadywire.topics
language plpgsql security definer set search_path = '' as $$
declare
  place steadywire.topics;
begin
  loop
    select * into place from steadywire.topics t where t.topic = lock_topic.topic for update;
    exit when found;
    if topic !~ '^[!-~]+$' or length(topic) > 256 then
      raise exception 'A topic can''t be named %', to_json(topic)
        using errcode = 'SW002', hint = 'Use 1 to 256 printable ASCII characters without blanks, such as session:42.';
    end if;
    insert into steadywire.topics (topic, log, epoch)
    values (lock_topic.topic, lock_topic.log, replace(gen_random_uuid()::text, '-', ''))
    on conflict do nothing;
  end loop;
  return place;
end $$;
