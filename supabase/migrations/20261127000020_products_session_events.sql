-- Coding sessions, watched live: the table public.session_events as a log. Where it is missing it is made; where it is there, with rows in
-- it, it stays as it is and gets positions. Inserts go on as before. Events are kept for 24 hours; a table that has older ones keeps all.
--
-- A topic is session:{session_id}; its owner, by coding_sessions.user_id, reads it; the service role inserts.

do $$
declare
  session_type constant text := coalesce(steadywire.type_of(to_regclass('public.coding_sessions'), 'id'), 'uuid');
begin
  if to_regclass('public.session_events') is null then
    execute format($ddl$
      create table public.session_events (
        id uuid primary key default gen_random_uuid(),
        session_id %s not null %s,
        event_type text not null,
        payload jsonb,
        created_at timestamptz not null default now()
      )
    $ddl$, session_type, case when to_regclass('public.coding_sessions') is not null then 'references public.coding_sessions (id) on delete cascade' end);
    perform
      steadywire.deny('insert, update, delete, truncate on public.session_events', 'anon', 'authenticated'),
      steadywire.allow('select on public.session_events', 'authenticated'),
      steadywire.allow('select, insert, delete on public.session_events', 'service_role');
  end if;
end $$;

create index if not exists session_events_history on public.session_events (session_id, created_at);
create index if not exists session_events_type on public.session_events (event_type);

-- Who may read the topic of a session: its owner. Made once; it is yours to replace. Without coding_sessions nobody may, until that is there
-- and this file is applied again.
do $$
declare
  was constant regprocedure := to_regprocedure('steadywire.may_read_session(text)');
begin
  if was is not null and (select prosrc from pg_proc where oid = was) <> 'select false' then return; end if;
  if steadywire.type_of(to_regclass('public.coding_sessions'), 'user_id') is null then
    create or replace function steadywire.may_read_session(topic text) returns boolean language sql stable as 'select false';
    return;
  end if;
  execute format($ddl$
    create or replace function steadywire.may_read_session(topic text) returns boolean
    language plpgsql stable security definer set search_path = '' as $f$
    begin
      return exists (
        select from public.coding_sessions s
        where s.id = substr(topic, length('session:') + 1)::%s and s.user_id::text = steadywire.caller());
    exception when data_exception then
      return false;
    end $f$
  $ddl$, steadywire.type_of('public.coding_sessions', 'id'));
end $$;
revoke execute on function steadywire.may_read_session(text) from public;
select steadywire.allow('execute on function steadywire.may_read_session(text)', 'anon', 'authenticated', 'service_role');

select
  steadywire.secure('public.session_events'),
  steadywire.set_policy('public.session_events', 'steadywire_read', 'for select', $$using (steadywire.may_read_session('session:' || session_id::text))$$,
    'authenticated'),
  steadywire.set_policy('public.session_events', 'steadywire_insert', 'for insert', 'with check (true)', 'service_role'),
  -- Whatever other policies the table has: nobody else inserts, and nobody changes what happened.
  steadywire.set_policy('public.session_events', 'steadywire_no_insert', 'as restrictive for insert', 'with check (false)', 'anon', 'authenticated'),
  steadywire.set_policy('public.session_events', 'steadywire_no_update', 'as restrictive for update', 'using (false)', 'anon', 'authenticated'),
  steadywire.set_policy('public.session_events', 'steadywire_no_delete', 'as restrictive for delete', 'using (false)', 'anon', 'authenticated');

do $$
declare
  has_older constant boolean := exists (select from public.session_events where created_at < now() - interval '24 hours');
begin
  if exists (select from steadywire.logs where name = 'sessions') then return; end if;
  perform steadywire.adopt('public.session_events', name => 'sessions', prefix => 'session:', topic_column => 'session_id', type_column => 'event_type',
    data_column => case when steadywire.type_of('public.session_events', 'payload') is null then 'event_data' else 'payload' end,
    may_read => 'steadywire.may_read_session(text)', max_age => case when not has_older then interval '24 hours' end);
end $$;
