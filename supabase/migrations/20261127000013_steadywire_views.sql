-- What operators look at, for the owner and the service role: select * from steadywire.latency, .volume, .slowest_topics, .near_retention
--
-- PostgreSQL knows when an event was placed, and, if it runs with track_commit_timestamp = on, when it was committed. That is the way
-- from the insert to where others can see it: it grows with what a transaction still does after it appended, and with it everybody who
-- appends to the same topic waits. The rest of the way to a screen is measured where it ends, by the subscriber's observe().

-- The events of all logs that were placed since then. `ms`: from placing to commit, where commits are timed; of rows that were written
-- again later, by adopt or by erase, to that.
create or replace function steadywire.placed_since(since timestamptz)
returns table (log text, topic text, type text, at timestamptz, ms double precision)
language plpgsql stable set search_path = '' as $$
declare
  one steadywire.logs;
begin
  for one in select * from steadywire.logs where steadywire.is_there(relation) loop
    return query execute format($query$
      select %1$L, %2$L || r.%3$I::text, r.%4$I::text, r.%5$I,
        case when $2 then 1000 * extract(epoch from pg_xact_commit_timestamp(r.xmin) - r.%5$I)::float8 end
      from %6$s r where r.%5$I > $1
    $query$, one.name, one.prefix, one.topic_column, one.type_column, one.time_column, one.relation)
    using since, current_setting('track_commit_timestamp')::boolean;
  end loop;
end $$;

-- By type, over the last hour: how long events took from placing to commit, in ms. Without track_commit_timestamp only the counts.
create or replace view steadywire.latency with (security_invoker = true) as
select log, type, count(*) as events, avg(ms) as average_ms,
  percentile_cont(0.5) within group (order by ms) as median_ms,
  percentile_cont(0.95) within group (order by ms) as p95_ms,
  max(ms) as slowest_ms
from steadywire.placed_since(now() - interval '1 hour')
group by log, type
order by p95_ms desc nulls last, events desc;

-- By minute and type, over the last hour.
create or replace view steadywire.volume with (security_invoker = true) as
select date_trunc('minute', at) as minute, log, type, count(*) as events
from steadywire.placed_since(now() - interval '1 hour')
group by 1, 2, 3
order by 1 desc, 4 desc;

-- The topics whose appenders made each other wait longest over the last hour; where commits are not timed, the busiest ones. One topic
-- takes one transaction at a time: in the busiest minute, that many events times the median is the share of it that was taken.
create or replace view steadywire.slowest_topics with (security_invoker = true) as
select log, topic, sum(events)::bigint as events, max(events) as events_in_busiest_minute, max(median_ms) as median_ms, max(slowest_ms) as slowest_ms
from (
  select log, topic, date_trunc('minute', at) as minute, count(*) as events,
    percentile_cont(0.5) within group (order by ms) as median_ms, max(ms) as slowest_ms
  from steadywire.placed_since(now() - interval '1 hour')
  group by 1, 2, 3
) as minutes
group by log, topic
order by slowest_ms desc nulls last, events desc
limit 100;

-- Where readers who were away are about to meet a gap, or do: the topics that have used 80 % or more of what they keep. Over 1, what is
-- beyond is hidden from readers, and removed by the next steadywire.retain().
create or replace view steadywire.near_retention with (security_invoker = true) as
select log, topic, events, max_events, age, max_age, used
from (
  select t.log, t.topic, t.head - t.oldest + 1 as events, coalesce(t.max_events, l.max_events) as max_events,
    now() - oldest.at as age, coalesce(t.max_age, l.max_age) as max_age,
    greatest(
      (t.head - t.oldest + 1)::float8 / nullif(coalesce(t.max_events, l.max_events), 0),
      extract(epoch from now() - oldest.at)::float8 / nullif(extract(epoch from coalesce(t.max_age, l.max_age))::float8, 0)) as used
  from steadywire.topics t
  join steadywire.logs l on l.name = t.log and steadywire.is_there(l.relation)
  cross join lateral steadywire.neighbour(l, t.topic, t.oldest) as oldest
  where t.oldest <= t.head
) as kept
where used >= 0.8
order by used desc;

revoke execute on function steadywire.placed_since(timestamptz), steadywire.neighbour(steadywire.logs, text, bigint), steadywire.is_there(regclass) from public;
do $$
begin
  if not exists (select from pg_roles where rolname = 'service_role') then return; end if;
  grant execute on function steadywire.placed_since(timestamptz), steadywire.neighbour(steadywire.logs, text, bigint), steadywire.is_there(regclass) to service_role;
  grant select on steadywire.latency, steadywire.volume, steadywire.slowest_topics, steadywire.near_retention to service_role;
end $$;
