-- Push signals: the table public.realtime_events as a log. Where it is missing it is made; where it is there, with rows in it, it stays as
-- it is and gets positions. Inserts go on as before, with and without a dedupe_key. Events are kept for 24 hours; a table that has older
-- ones keeps all.
--
-- A topic is org:{organization_id}; members of the organisation read it; the service role inserts.

-- How many bytes JSON.stringify makes of a number that numeric writes like this. jsonb keeps the digits that were sent, and those of
-- JSON.stringify are as few as can be; only where it puts the point, and when it takes an exponent, is its own.
create or replace function steadywire.number_bytes(number text) returns integer
language plpgsql immutable parallel safe set search_path = '' as $$
declare
  parts constant text[] := regexp_match(number, '^-?(\d+)(?:\.(\d+))?$');
  digits text := ltrim(parts[1] || coalesce(parts[2], ''), '0');
  -- The number is 0.digits times ten to the power of this.
  point constant integer := length(digits) - coalesce(length(parts[2]), 0);
begin
  digits := rtrim(digits, '0');
  return case when digits = '' then 1 else starts_with(number, '-')::integer + case
    when point > 21 or point < -5
      then length(digits) + (length(digits) > 1)::integer + 2 + length(abs(point - 1)::text)
    when point >= length(digits) then point
    when point > 0 then length(digits) + 1
    else 2 - point + length(digits)
  end end;
end $$;

-- How many bytes JSON.stringify makes of a value. jsonb as text has blanks between its parts, and writes every number out.
create or replace function steadywire.json_bytes(value jsonb) returns integer
language sql immutable parallel safe set search_path = '' as $$
  select octet_length(value::text) - length(bare) + length(replace(bare, ' ', '')) + coalesce((
    select sum(steadywire.number_bytes(number[1]) - length(number[1]))::integer
    from regexp_matches(bare, '-?[0-9.]+', 'g') as number
    where length(number[1]) > 15 or strpos(number[1], '.') > 0), 0)
  from (select regexp_replace(value::text, '"(?:[^"\\]|\\.)*"', '', 'g') as bare) as structure
$$;

do $$
begin
  if to_regclass('public.realtime_events') is null then
    create table public.realtime_events (
      id uuid primary key default gen_random_uuid(),
      organization_id uuid not null,
      event_type text not null,
      entity_type text,
      entity_id text,
      payload jsonb,
      created_at timestamptz not null default now(),
      created_by text,
      dedupe_key text
    );
    perform
      steadywire.deny('insert, update, delete, truncate on public.realtime_events', 'anon', 'authenticated'),
      steadywire.allow('select on public.realtime_events', 'authenticated'),
      steadywire.allow('select, insert, delete on public.realtime_events', 'service_role');
  end if;
end $$;
alter table public.realtime_events add column if not exists dedupe_key text;

create index if not exists realtime_events_latest on public.realtime_events (organization_id, created_at desc);
create index if not exists realtime_events_entity on public.realtime_events (entity_type, entity_id);
create index if not exists realtime_events_type on public.realtime_events (event_type);
create index if not exists realtime_events_dedupe on public.realtime_events (dedupe_key);

-- At most 2,048 bytes of payload, counted as the emitter counts them. A check that counts the blanks of jsonb would refuse what the
-- emitter accepts. Rows that are there are left alone.
do $$
declare
  other record;
begin
  for other in
    select conname from pg_constraint
    where conrelid = 'public.realtime_events'::regclass and contype = 'c' and pg_get_constraintdef(oid) ~ 'payload' and pg_get_constraintdef(oid) ~ '2048'
      and conname <> 'realtime_events_payload_bytes'
  loop
    execute format('alter table public.realtime_events drop constraint %I', other.conname);
    raise notice 'The check % of realtime_events gave way to realtime_events_payload_bytes', other.conname;
  end loop;
  if not exists (select from pg_constraint where conrelid = 'public.realtime_events'::regclass and conname = 'realtime_events_payload_bytes') then
    alter table public.realtime_events add constraint realtime_events_payload_bytes check (steadywire.json_bytes(payload) <= 2048) not valid;
  end if;
end $$;

-- Who may read the topic of an organisation: its members. Made once; it is yours to replace. Without organization_members nobody may, until
-- that is there and this file is applied again.
do $$
declare
  was constant regprocedure := to_regprocedure('steadywire.may_read_organization(text)');
begin
  if was is not null and (select prosrc from pg_proc where oid = was) <> 'select false' then return; end if;
  if steadywire.type_of(to_regclass('public.organization_members'), 'organization_id') is null
    or steadywire.type_of(to_regclass('public.organization_members'), 'user_id') is null
  then
    create or replace function steadywire.may_read_organization(topic text) returns boolean language sql stable as 'select false';
    return;
  end if;
  execute format($ddl$
    create or replace function steadywire.may_read_organization(topic text) returns boolean
    language plpgsql stable security definer set search_path = '' as $f$
    begin
      return exists (
        select from public.organization_members m
        where m.organization_id = substr(topic, length('org:') + 1)::%s and m.user_id::text = steadywire.caller());
    exception when data_exception then
      return false;
    end $f$
  $ddl$, steadywire.type_of('public.organization_members', 'organization_id'));
end $$;

revoke execute on function steadywire.may_read_organization(text) from public;
select
  steadywire.allow('execute on function steadywire.may_read_organization(text)', 'anon', 'authenticated', 'service_role'),
  -- Whoever inserts has to be able to check.
  steadywire.allow('execute on function steadywire.json_bytes(jsonb), steadywire.number_bytes(text)', 'anon', 'authenticated', 'service_role');
grant execute on function steadywire.json_bytes(jsonb), steadywire.number_bytes(text) to public;

select
  steadywire.secure('public.realtime_events'),
  steadywire.set_policy('public.realtime_events', 'steadywire_read', 'for select', $$using (steadywire.may_read_organization('org:' || organization_id::text))$$,
    'authenticated'),
  steadywire.set_policy('public.realtime_events', 'steadywire_insert', 'for insert', 'with check (true)', 'service_role'),
  -- Whatever other policies the table has: nobody else inserts, and nobody changes what happened.
  steadywire.set_policy('public.realtime_events', 'steadywire_no_insert', 'as restrictive for insert', 'with check (false)', 'anon', 'authenticated'),
  steadywire.set_policy('public.realtime_events', 'steadywire_no_update', 'as restrictive for update', 'using (false)', 'anon', 'authenticated'),
  steadywire.set_policy('public.realtime_events', 'steadywire_no_delete', 'as restrictive for delete', 'using (false)', 'anon', 'authenticated');

-- Keys are remembered for twice as long as events are kept.
do $$
declare
  has_older constant boolean := exists (select from public.realtime_events where created_at < now() - interval '24 hours');
begin
  if exists (select from steadywire.logs where name = 'signals') then return; end if;
  perform steadywire.adopt('public.realtime_events', name => 'signals', prefix => 'org:', topic_column => 'organization_id', type_column => 'event_type',
    data_column => 'payload', key_column => 'dedupe_key', entity_type_column => 'entity_type', entity_id_column => 'entity_id', actor_column => 'created_by',
    may_read => 'steadywire.may_read_organization(text)', max_age => case when not has_older then interval '24 hours' end,
    key_window => '48 hours', max_bytes => 2048);
end $$;

-- Known to who schedules it: removes what is older than 24 hours. steadywire.retain() does the same.
do $$
begin
  if to_regprocedure('public.cleanup_old_realtime_events()') is not null then return; end if;
  create function public.cleanup_old_realtime_events() returns void language plpgsql security definer set search_path = '' as $f$
  begin
    -- First the topics, then their rows, as everybody does.
    perform from steadywire.topics t where t.log = 'signals' and t.oldest <= t.head order by t.topic for update;
    delete from public.realtime_events r where r.created_at < now() - interval '24 hours';
  end $f$;
  comment on function public.cleanup_old_realtime_events() is 'Of Steadywire';
  revoke execute on function public.cleanup_old_realtime_events() from public;
  perform steadywire.deny('execute on function public.cleanup_old_realtime_events()', 'anon', 'authenticated'),
    steadywire.allow('execute on function public.cleanup_old_realtime_events()', 'service_role');
end $$;
