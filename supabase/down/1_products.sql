-- The way back of …_products_*.sql: session_events and realtime_events are ordinary tables again. Rows and their own columns stay, and so do
-- dedupe_key, the indexes, and row security: without a policy of your own nobody but the service role gets in.
set local client_min_messages = 'warning';
do $$
declare
  one record;
begin
  for one in
    select polname, polrelid::regclass as relation from pg_policy
    where polrelid in (to_regclass('public.session_events'), to_regclass('public.realtime_events')) and starts_with(polname, 'steadywire_')
  loop
    execute format('drop policy %I on %s', one.polname, one.relation);
  end loop;
  if to_regclass('public.realtime_events') is not null then
    alter table public.realtime_events drop constraint if exists realtime_events_payload_bytes;
  end if;
  if obj_description(to_regprocedure('public.cleanup_old_realtime_events()'), 'pg_proc') = 'Of Steadywire' then
    drop function public.cleanup_old_realtime_events();
  end if;
  if to_regprocedure('steadywire.release(text)') is null then return; end if;
  perform steadywire.release('sessions'), steadywire.release('signals');
  drop function if exists steadywire.may_read_session(text), steadywire.may_read_organization(text), steadywire.json_bytes(jsonb), steadywire.number_bytes(text);
end $$;
