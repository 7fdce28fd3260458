-- Telling: what was appended is told to whoever listens, when the transaction commits. It is a help, not a promise: readers compare positions.

-- Tells of the events from first to last: by NOTIFY on the channel 'sw:' and the md5 of the topic, and, where the log says so, by a
-- broadcast of Supabase Realtime on the private channel of the topic. A frame is as in PROTOCOL.md; one that is too large only wakes.
create or replace function steadywire.publish(topic text, log_name text, first bigint, last bigint) returns void
language plpgsql security definer set search_path = '' as $$
declare
  log steadywire.logs;
  items text;
  epoch text;
  prev text;
  mark text;
  heads text;
begin
  select * into log from steadywire.logs l where l.name = log_name;
  if last - first < 200 then
    execute format('select events, before from steadywire.%I($1, $2, $3)', log.name || '_span')
    into items, prev using substr(topic, length(log.prefix) + 1), first, last;
  end if;
  select t.epoch, t.mark into epoch, mark from steadywire.topics t where t.topic = publish.topic;
  perform pg_notify(
    'sw:' || md5(topic),
    case when octet_length(items) < 7500 then format(e'{"topic":%s,"epoch":"%s","items":[\n%s\n]}', to_json(topic), epoch, items) else '' end);
  if log.broadcast <> 'off' then
    heads := format('{"heads":{%s:["%s",%s,"%s"]}}', to_json(topic), epoch, last, mark);
    perform steadywire.broadcast(topic, heads, case
      when log.broadcast = 'events' and octet_length(items) < 65536
      then format('{"topic":%s,"epoch":"%s","prev":"%s","items":[%s]}', to_json(topic), epoch, prev, items)
    end);
  end if;
end $$;

-- By Supabase Realtime, where it is there. Items that jsonb can't keep are told of by the head.
create or replace function steadywire.broadcast(topic text, heads text, items text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  payload jsonb := heads::jsonb;
begin
  if to_regprocedure('realtime.send(jsonb, text, text, boolean)') is null then return; end if;
  begin
    payload := coalesce(items::jsonb, payload);
  exception when others then
    null;
  end;
  execute 'select realtime.send($1, $2, $3, true)' using payload, 'steadywire', topic;
end $$;
