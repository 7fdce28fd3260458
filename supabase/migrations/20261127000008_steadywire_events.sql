-- The general log: the events of every topic that no other table keeps.

create table if not exists steadywire.events (
  topic text not null,
  seq bigint not null,
  epoch text not null,
  prev text not null,
  id text not null,
  type text not null,
  -- JSON, as it was sent to the last digit. As text, no client of Realtime makes another value of it; steadywire.events_log has it as json.
  data text,
  key text,
  entity_type text,
  entity_id text,
  actor text,
  truncated boolean not null default false,
  final boolean not null default false,
  erased boolean not null default false,
  created_at timestamptz not null default now(),
  primary key (topic, seq)
);
create index if not exists events_entity on steadywire.events (entity_type, entity_id) where entity_type is not null;
create index if not exists events_type on steadywire.events (type, created_at);

-- Who may read a topic of the general log. As it comes, nobody but the service role: replace the function by your own rule, such as
-- topic = 'user:' || auth.uid(). This file never changes it back.
do $$ begin
  if to_regprocedure('steadywire.may_read(text)') is null then
    create function steadywire.may_read(topic text) returns boolean language sql stable as 'select false';
  end if;
end $$;

select steadywire.adopt('steadywire.events', name => 'events', prefix => '', topic_column => 'topic', key_column => 'key',
  entity_type_column => 'entity_type', entity_id_column => 'entity_id', actor_column => 'actor', may_read => 'steadywire.may_read(text)',
  max_age => '24 hours')
where not exists (select from steadywire.logs where name = 'events');

-- What stands around the tables that are logs already is made anew by this version of it. A table that was dropped is a log no more.
select steadywire.release(name) from steadywire.logs where not steadywire.is_there(relation);
select steadywire.rebuild(l) from steadywire.logs l;
