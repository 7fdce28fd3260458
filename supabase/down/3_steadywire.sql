-- The way back of …_steadywire_*.sql, after the other two: adopted tables are ordinary tables again, with their rows and their own columns.
-- The general log is gone, with its events.
set local client_min_messages = 'warning';
do $$
begin
  if to_regnamespace('steadywire') is null then return; end if;
  perform steadywire.release(name) from steadywire.logs where name <> 'events';
  drop schema steadywire cascade;
end $$;
