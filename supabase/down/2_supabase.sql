-- The way back of …_supabase_*.sql: no REST functions, no policies, no job of pg_cron, no entries in publications. The extension pg_cron stays.
set local client_min_messages = 'warning';
do $$
begin
  if to_regclass('cron.job') is not null then
    perform cron.unschedule(jobid) from cron.job where jobname = 'steadywire-retain';
  end if;
  if to_regclass('realtime.messages') is not null then
    drop policy if exists steadywire_hear on realtime.messages;
    drop policy if exists steadywire_only_readers_hear on realtime.messages;
    drop policy if exists steadywire_nobody_speaks on realtime.messages;
  end if;
  drop function if exists public.steadywire_read(text, bigint, text, text, bigint, bigint, boolean), public.steadywire_heads(text[]),
    public.steadywire_append(text, json, text);
  if to_regnamespace('steadywire') is null then return; end if;
  if to_regprocedure('steadywire.withdraw(steadywire.logs)') is not null then
    perform steadywire.withdraw(l) from steadywire.logs l;
  end if;
  drop policy if exists steadywire_read on steadywire.events;
  drop policy if exists steadywire_insert on steadywire.events;
  if to_regprocedure('steadywire.deny(text, name[])') is not null then
    perform steadywire.deny(what, 'anon', 'authenticated', 'service_role')
    from unnest(array['all on all tables in schema steadywire', 'all on all routines in schema steadywire', 'all on schema steadywire']) as what;
  end if;
  drop table if exists steadywire.published;
  drop function if exists
    steadywire.expose(steadywire.logs), steadywire.announce(steadywire.logs), steadywire.withdraw(steadywire.logs), steadywire.set_broadcast(text, text),
    steadywire.is_topic(text), steadywire.may_hear(text), steadywire.broadcaster(text), steadywire.caller(), steadywire.expires_in(),
    steadywire.set_policy(regclass, name, text, text, name[]), steadywire.secure(regclass[]), steadywire.has_roles(), steadywire.allow(text, name[]), steadywire.deny(text, name[]);
end $$;
