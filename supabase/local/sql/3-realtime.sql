-- Broadcasts from the database: a row here is a message, and its policies say who may read and write a private topic.
create schema if not exists realtime;
grant usage on schema realtime to anon, authenticated, service_role;

create table if not exists realtime.messages (
  topic text not null,
  extension text not null,
  payload jsonb,
  event text,
  private boolean default false,
  updated_at timestamp not null default now(),
  inserted_at timestamp not null default now(),
  id uuid not null default gen_random_uuid(),
  primary key (id, inserted_at)
);
alter table realtime.messages enable row level security;
grant select, insert, update on realtime.messages to anon, authenticated, service_role;

create or replace function realtime.topic() returns text language sql stable as $$
  select nullif(current_setting('realtime.topic', true), '')
$$;

-- Never fails its caller: a message that can't be sent is a warning.
create or replace function realtime.send(payload jsonb, event text, topic text, private boolean default true)
returns void language plpgsql as $$
declare
  message_id uuid := gen_random_uuid();
begin
  perform set_config('realtime.topic', topic, true);
  insert into realtime.messages (id, topic, extension, payload, event, private)
  values (message_id, topic, 'broadcast', jsonb_build_object('id', message_id) || payload, event, private);
exception when others then
  raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
end
$$;

create or replace function realtime.broadcast_changes(
  topic_name text, event_name text, operation text, table_name text, table_schema text,
  new record, old record, level text default 'ROW'
) returns void language plpgsql as $$
begin
  if level = 'STATEMENT' then
    raise exception 'Failed to process the row: function can only be triggered for each row, not for each statement';
  end if;
  if operation not in ('INSERT', 'UPDATE', 'DELETE') then
    raise exception 'Failed to process the row: Unexpected operation type: %', operation;
  end if;
  perform realtime.send(
    jsonb_build_object(
      'schema', table_schema, 'table', table_name, 'operation', operation, 'record', new, 'old_record', old
    ),
    event_name,
    topic_name
  );
end
$$;

do $$
begin
  if not exists (select from pg_publication where pubname = 'supabase_realtime') then
    create publication supabase_realtime;
    -- Clients are told generated columns, too; before PostgreSQL 18 this output plugin leaves them out.
    if current_setting('server_version_num')::int >= 180000 then
      execute 'alter publication supabase_realtime set (publish_generated_columns = stored)';
    end if;
  end if;
  if not exists (select from pg_publication where pubname = 'supabase_realtime_messages_publication') then
    create publication supabase_realtime_messages_publication for table realtime.messages with (publish = 'insert');
  end if;
end
$$;

-- Which migrations have been applied, told by their content.
create table if not exists realtime.local_migrations (hash text primary key, name text not null, applied_at timestamptz not null default now());
revoke all on realtime.local_migrations from anon, authenticated, service_role;

-- REST looks at the schema again when this has grown; a row is seen by others when what it tells of is.
create table if not exists realtime.local_schema_changes (id int8 primary key generated always as identity);
revoke all on realtime.local_schema_changes from anon, authenticated, service_role;

create or replace function realtime.local_schema_changed() returns event_trigger security definer language plpgsql as $$
begin
  insert into realtime.local_schema_changes default values;
end
$$;

drop event trigger if exists local_schema_changed;
create event trigger local_schema_changed on ddl_command_end execute function realtime.local_schema_changed();
