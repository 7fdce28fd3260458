-- Retention by pg_cron: what topics no longer keep is removed every hour. Readers never see it longer than they should: reads filter.

do $$
begin
  if not exists (select from pg_extension where extname = 'pg_cron') then
    if not exists (select from pg_available_extensions where name = 'pg_cron') then return; end if;
    begin
      create extension pg_cron;
    exception when others then
      raise notice 'pg_cron can''t be created here, so retention is not scheduled: %', sqlerrm
        using hint = 'Switch pg_cron on and apply this file again, or let a process call steadywire.retain() every hour.';
      return;
    end;
  end if;
  -- A job that is there under this name is changed, not doubled.
  perform cron.schedule('steadywire-retain', '7 * * * *', 'call steadywire.retain()');
end $$;
