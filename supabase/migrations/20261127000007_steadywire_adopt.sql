-- Adopting: makes a table a log, whatever its columns are called.

create or replace function steadywire.type_of(relation regclass, column_name name) returns text
language sql stable set search_path = '' as $$
  select format_type(a.atttypid, a.atttypmod) from pg_catalog.pg_attribute a
  where a.attrelid = relation and a.attname = column_name and a.attnum > 0 and not a.attisdropped
$$;

create or replace function steadywire.check_columns(relation regclass, columns name[], topic_column name, data_column name, time_column name) returns void
language plpgsql stable set search_path = '' as $$
declare
  missing text;
begin
  select string_agg(c, ', ') into missing from unnest(columns) as c where steadywire.type_of(relation, c) is null;
  if missing is not null then
    raise exception '% has no column %', relation, missing
      using errcode = 'undefined_column', hint = 'Name the columns of the table: steadywire.adopt(…, type_column => …).';
  end if;
  if steadywire.type_of(relation, topic_column) like 'numeric%' then
    raise exception 'The column % of % is numeric: one number may be several texts, and so several topics', topic_column, relation
      using errcode = 'datatype_mismatch', hint = format('alter table %s alter column %I type bigint', relation, topic_column);
  end if;
  if steadywire.type_of(relation, time_column) <> 'timestamp with time zone' then
    raise exception 'The column % of % is no timestamptz', time_column, relation
      using errcode = 'datatype_mismatch', hint = format('alter table %s alter column %I type timestamptz', relation, time_column);
  end if;
  if steadywire.type_of(relation, data_column) not in ('text', 'json', 'jsonb') then
    raise exception 'The column % of % is neither jsonb nor json, nor JSON as text', data_column, relation
      using errcode = 'datatype_mismatch', hint = format('alter table %s alter column %I type jsonb using …', relation, data_column);
  end if;
end $$;

-- A table that is no log yet must not have the columns that it is given: they would be taken for positions, and be gone after a release.
create or replace function steadywire.check_own_columns(relation regclass) returns void
language plpgsql stable set search_path = '' as $$
declare
  taken text;
begin
  select string_agg(c, ', ') into taken from unnest('{seq,epoch,prev,truncated,final,erased,event_id,data_type}'::name[]) as c
  where steadywire.type_of(relation, c) is not null;
  if taken is null or relation = to_regclass('steadywire.events')
    or exists (select from steadywire.logs l where l.relation = check_own_columns.relation) then return; end if;
  raise exception '% has columns of its own called %', relation, taken
    using errcode = 'duplicate_column', hint = 'Rename them: a log keeps positions in columns of these names.';
end $$;

-- A column as text, as an expression over a row of its table. Who hears of a row by Realtime gets a numeric as a number, which says
-- nothing of zeros at its end: 1.50 and 1.5 are one text, or it would have two.
create or replace function steadywire.column_text(log steadywire.logs, column_name name, source text) returns text
language sql stable set search_path = '' as $$
  select format(case when steadywire.type_of(log.relation, column_name) like 'numeric%' then 'trim_scale(%s.%I)::text' else '%s.%I::text' end,
    source, column_name)
$$;

-- The id of an event.
create or replace function steadywire.id_of(log steadywire.logs, source text) returns text
language sql stable set search_path = '' as $$
  select case when log.id_is_text then format('%s.%I', source, log.id_column)
    else format('coalesce(%s.event_id, %s)', source, steadywire.column_text(log, log.id_column, source)) end
$$;

-- What an event need not have. A table may lack the column; an empty text in it says as little.
create or replace function steadywire.extra_of(log steadywire.logs, column_name name, source text) returns text
language sql stable set search_path = '' as $$
  select case when column_name is null then 'null::text' else format('nullif(%s, '''')', steadywire.column_text(log, column_name, source)) end
$$;

-- Gives positions to the rows that have none, in the order of their time, and remembers their keys.
create or replace function steadywire.number_rows(log steadywire.logs) returns void
language plpgsql set search_path = '' as $$
declare
  topic constant text := format('%L || r.%I::text', log.prefix, log.topic_column);
  id constant text := steadywire.id_of(log, 'r');
begin
  execute format($sql$
    insert into steadywire.topics (topic, log, epoch)
    select distinct %s, %L, replace(gen_random_uuid()::text, '-', '') from %s r where seq is null
    on conflict do nothing
  $sql$, topic, log.name, log.relation);
  execute format($sql$
    with line as (
      select ctid as row, %s as topic, row_number() over by_time as n, right(lag(%s) over by_time, 8) as mark_before
      from %s r where seq is null window by_time as (partition by r.%I order by r.%I, %2$s)
    ), placed as (
      update %3$s r set seq = t.head + line.n, epoch = t.epoch, prev = coalesce(line.mark_before, t.mark)
      from line join steadywire.topics t on t.topic = line.topic where r.ctid = line.row
      returning line.topic, r.seq, right(%2$s, 8) as mark, r.%5$I as at, %6$s as key
    )
    insert into steadywire.keys (topic, scope, name, seq, mark, at)
    select topic, '', 'k' || to_json(key)::text, seq, mark, at from placed
    where key is not null and at > now() - %7$L::interval order by seq
    on conflict do nothing
  $sql$, topic, id, log.relation, log.topic_column, log.time_column, steadywire.extra_of(log, log.key_column, 'r'), log.key_window);
  execute format($sql$
    update steadywire.topics t set head = last.seq, mark = right(last.id, 8), at = greatest(t.at, last.at)
    from (select distinct on (r.%I) %s as topic, seq, %s as id, r.%I as at from %s r order by r.%1$I, seq desc) as last
    where t.topic = last.topic and t.head < last.seq
  $sql$, log.topic_column, topic, id, log.time_column, log.relation);
end $$;

-- The view that shows the events of a log under the same names as those of any other. `event` is an event's text, as every reader is
-- sent it: JSON in one line. Its time is reckoned in floating point, at half the cost of numeric: until the year 2106
-- half a microsecond is more than that errs by, so no time falls into the millisecond before.
create or replace function steadywire.create_view(log steadywire.logs) returns void
language plpgsql set search_path = '' as $$
declare
  ddl constant text := format($ddl$
    create or replace view steadywire.%1$I with (security_invoker = true) as
    select *, data_text::json as data,
      '{"id":"' || id || '","seq":' || seq || ',"type":' || to_json(type) || ',"time":' || floor(date_part('epoch', at) * 1000 + 0.0005)::bigint
      || coalesce(',"data":' || replace(replace(data_text, e'\n', ' '), e'\r', ' '), '')
      || coalesce(',"key":' || to_json(key), '')
      || coalesce(',"entity":{"type":' || to_json(entity_type) || coalesce(',"id":' || to_json(entity_id), '') || '}', '')
      || coalesce(',"actor":' || to_json(actor), '')
      || case when truncated then ',"truncated":true' else '' end
      || case when final then ',"final":true' else '' end || '}' as event
    from (
      select %2$L || r.%3$I::text as topic, r.%3$I as topic_key, seq, prev, %4$s as id, r.%5$I::text as type, r.%6$I as at,
        case when not truncated and not erased then coalesce(r.%7$I::text, 'null') end as data_text,
        %8$s as key, %9$s as entity_type, %10$s as entity_id, %11$s as actor, truncated, final, erased
      from %12$s r
    ) as events
  $ddl$, log.name || '_log', log.prefix, log.topic_column, steadywire.id_of(log, 'r'), log.type_column, log.time_column, log.data_column,
    steadywire.extra_of(log, log.key_column, 'r'), steadywire.extra_of(log, log.entity_type_column, 'r'),
    steadywire.extra_of(log, log.entity_id_column, 'r'), steadywire.extra_of(log, log.actor_column, 'r'), log.relation);
begin
  -- One that is there keeps who may read it, unless its columns are of another type now.
  execute ddl;
exception when invalid_table_definition then
  execute format('drop view steadywire.%I', log.name || '_log');
  execute ddl;
end $$;

-- The functions of one log, which know its table: so PostgreSQL plans their queries once for each connection. NAME_place is the trigger that
-- places rows, NAME_insert inserts drafts; readers and tellers are made by create_readers.
create or replace function steadywire.create_functions(log steadywire.logs) returns void
language plpgsql set search_path = '' as $$
declare
  columns text;
  vals text;
begin
  execute format($ddl$
    create function steadywire.%I() returns trigger language plpgsql security definer set search_path = '' as $f$
    declare
      place constant steadywire.place := steadywire.next_place(%L || new.%I::text, %L, %s, %s, new.final);
    begin
      if place.seq is null then return null; end if;
      new.seq := place.seq;
      new.epoch := place.epoch;
      new.prev := place.prev;
      new.%I := place.at;
      return new;
    end $f$
  $ddl$, log.name || '_place', log.prefix, log.topic_column, log.name, steadywire.id_of(log, 'new'),
    steadywire.extra_of(log, log.key_column, 'new'), log.time_column);

  select string_agg(quote_ident(c), ', ' order by n), string_agg(format('(%s)::%s', v, steadywire.type_of(log.relation, c)), ', ' order by n)
  into columns, vals
  from (values
    (1, log.topic_column, 'topic_key'),
    (2, case when log.id_is_text then log.id_column else 'event_id' end, 'd.id'),
    (3, log.type_column, 'd.type'),
    (4, log.data_column, 'd.data'),
    (5, log.key_column, 'steadywire.text_of(d.key::json)'),
    (6, log.entity_type_column, 'd.entity_type'),
    (7, log.entity_id_column, 'd.entity_id'),
    (8, log.actor_column, 'd.actor'),
    (9, 'truncated', 'coalesce(d.truncated, false)'),
    (10, 'final', 'coalesce(d.final, false)')
  ) as parts (n, c, v) where c is not null;
  execute format($ddl$
    create function steadywire.%I(topic_key text, drafts steadywire.draft[]) returns void language plpgsql set search_path = '' as $f$
    #variable_conflict use_column
    begin
      insert into %s (%s) select %s
      from (select $1 as topic_key) as given, unnest($2) with ordinality as d (id, type, data, key, entity_type, entity_id, actor, truncated, final, n)
      order by n;
    end $f$
  $ddl$, log.name || '_insert', log.relation, columns, vals);
end $$;

-- NAME_page reads a page, NAME_span what is told of an append, NAME_neighbour when the event at a position was placed, and the mark of the one
-- before it. They read in the name of whoever calls them.
create or replace function steadywire.create_readers(log steadywire.logs) returns void
language plpgsql set search_path = '' as $$
declare
  -- One row more than asked for tells whether anything was left out.
  page constant text := $query$
    select coalesce(string_agg(event, e'\n' order by seq) filter (where kept), ''), %1$s(seq) filter (where not kept) into events, first_out
    from (
      select seq, event, n <= most and (n = 1 or bytes <= max_bytes) as kept
      from (
        select seq, event, row_number() over line as n, sum(octet_length(event)) over line as bytes
        from (
          select seq, event from steadywire.%2$I
          where topic_key = whose::%3$s and seq between low and high and not erased
          order by seq %4$s limit most + 1
        ) as found window line as (order by seq %4$s rows unbounded preceding)
      ) as measured
    ) as judged;
  $query$;
  source constant text := log.name || '_log';
begin
  execute format($ddl$
    create function steadywire.%I(
      whose text, low bigint, high bigint, most bigint, max_bytes bigint, newest boolean, out events text, out first_out bigint)
    language plpgsql stable set search_path = '' as $f$
    begin
      if newest then %s else %s end if;
    end $f$
  $ddl$, log.name || '_page', format(page, 'max', source, log.topic_type, 'desc'), format(page, 'min', source, log.topic_type, 'asc'));
  execute format($ddl$
    create function steadywire.%I(whose text, low bigint, high bigint, out events text, out before text)
    language plpgsql stable set search_path = '' as $f$
    begin
      select string_agg(event, e'\n,\n' order by seq), (array_agg(prev order by seq))[1] into events, before
      from steadywire.%I where topic_key = whose::%s and seq between low and high;
    end $f$
  $ddl$, log.name || '_span', source, log.topic_type);
  execute format($ddl$
    create function steadywire.%I(whose text, place bigint, out moment timestamptz, out before text)
    language plpgsql stable set search_path = '' as $f$
    begin
      select at, prev into moment, before from steadywire.%I where topic_key = whose::%s and seq = place;
    end $f$
  $ddl$, log.name || '_neighbour', source, log.topic_type);
end $$;

create or replace function steadywire.create_triggers(log steadywire.logs) returns void
language plpgsql set search_path = '' as $$
declare
  changed text;
begin
  select string_agg(format('old.%1$I::text is distinct from new.%1$I::text', c), ' or ') into changed
  from unnest(array[log.topic_column, log.id_column, log.type_column, log.data_column, log.time_column, log.key_column,
    log.entity_type_column, log.entity_id_column, log.actor_column, 'seq', 'epoch', 'prev', 'truncated', 'final', 'erased',
    case when not log.id_is_text then 'event_id' end]) as c where c is not null;
  execute format($ddl$
    create trigger zz_steadywire_begin before insert on %1$s for each statement execute function steadywire.begin_statement();
    create trigger zz_steadywire_place before insert on %1$s for each row execute function steadywire.%2$I();
    create trigger zz_steadywire_end after insert on %1$s referencing new table as inserted
      for each statement execute function steadywire.end_statement();
    create trigger zz_steadywire_keep before update on %1$s for each row when (%3$s) execute function steadywire.refuse_change();
    create trigger zz_steadywire_removed after delete on %1$s referencing old table as removed
      for each statement execute function steadywire.note_removed();
    create trigger zz_steadywire_truncated before truncate on %1$s for each statement execute function steadywire.note_truncated();
  $ddl$, log.relation, log.name || '_place', changed);
end $$;

create or replace function steadywire.drop_parts(log steadywire.logs) returns void
language plpgsql set search_path = '' as $$
declare
  part text;
begin
  if steadywire.is_there(log.relation) then
    foreach part in array '{begin,place,end,keep,removed,truncated}'::text[] loop
      execute format('drop trigger if exists %I on %s', 'zz_steadywire_' || part, log.relation);
    end loop;
  end if;
  execute format('drop function if exists steadywire.%I()', log.name || '_place');
  execute format('drop function if exists steadywire.%I(text, steadywire.draft[])', log.name || '_insert');
  execute format('drop function if exists steadywire.%I(text, bigint, bigint, bigint, bigint, boolean)', log.name || '_page');
  execute format('drop function if exists steadywire.%I(text, bigint, bigint)', log.name || '_span');
  execute format('drop function if exists steadywire.%I(text, bigint)', log.name || '_neighbour');
end $$;

-- Names this version of what is made around a table.
create or replace function steadywire.build() returns text language sql stable set search_path = '' as $$
  select md5(string_agg(p.prosrc, '' order by p.proname)) from pg_catalog.pg_proc p
  where p.pronamespace = 'steadywire'::regnamespace and p.proname in (
    'column_text', 'id_of', 'extra_of', 'create_view', 'create_functions', 'create_readers', 'create_triggers')
$$;

-- Calls a function (log) of those files that a database need not have.
create or replace function steadywire.call_if_there(name text, log steadywire.logs) returns void
language plpgsql set search_path = '' as $$
begin
  if to_regprocedure(format('steadywire.%I(steadywire.logs)', name)) is null then return; end if;
  execute format('select steadywire.%I($1)', name) using log;
end $$;

-- Makes all that stands around the table of a log anew.
create or replace function steadywire.rebuild(log steadywire.logs) returns void
language plpgsql set search_path = '' set client_min_messages = 'warning' as $$
begin
  perform steadywire.drop_parts(log);
  execute format($ddl$
    alter table %1$s
      add column if not exists seq bigint,
      add column if not exists epoch text,
      add column if not exists prev text,
      add column if not exists truncated boolean not null default false,
      add column if not exists final boolean not null default false,
      add column if not exists erased boolean not null default false,
      alter column %2$I drop not null,
      replica identity full
  $ddl$, log.relation, log.data_column);
  if steadywire.type_of(log.relation, log.data_column) <> 'text' then
    execute format('alter table %s add column if not exists data_type text', log.relation);
  end if;
  if not log.id_is_text then execute format('alter table %s add column if not exists event_id text', log.relation); end if;
  perform steadywire.number_rows(log);
  execute format('alter table %s alter column seq set not null, alter column epoch set not null, alter column prev set not null', log.relation);
  execute format('create unique index if not exists %I on %s (%I, seq)', log.name || '_place', log.relation, log.topic_column);
  perform steadywire.create_view(log), steadywire.create_functions(log), steadywire.create_readers(log), steadywire.create_triggers(log);
  execute format('comment on view steadywire.%I is %L', log.name || '_log', 'Made by ' || steadywire.build());
  perform steadywire.call_if_there('expose', log), steadywire.call_if_there('announce', log);
end $$;

-- Makes a table a log: gives it positions, also to the rows that are there; a view steadywire.NAME_log; and triggers that place, keep
-- and tell. It adds the columns seq, epoch, prev, truncated, final and erased, event_id where the table's id is no text, and data_type
-- where its data is json or jsonb. The table is locked meanwhile. Called again, it changes what is said of the log.
-- It keeps all rows, unless max_events or max_age says otherwise.
--
--   select steadywire.adopt('public.session_events', name => 'sessions', prefix => 'session:', topic_column => 'session_id',
--     type_column => 'event_type', data_column => 'payload');
create or replace function steadywire.adopt(
  relation regclass,
  name text,
  prefix text,
  topic_column name,
  id_column name default 'id',
  type_column name default 'type',
  data_column name default 'data',
  time_column name default 'created_at',
  key_column name default null,
  entity_type_column name default null,
  entity_id_column name default null,
  actor_column name default null,
  may_read regprocedure default null,
  max_events bigint default null,
  max_age interval default null,
  key_window interval default '24 hours',
  max_bytes integer default 65536,
  broadcast text default 'off')
returns void language plpgsql set search_path = '' as $$
declare
  log steadywire.logs;
begin
  perform steadywire.check_columns(relation, array_remove(array[
    topic_column, id_column, type_column, data_column, time_column, key_column, entity_type_column, entity_id_column, actor_column], null),
    topic_column, data_column, time_column);
  perform steadywire.check_own_columns(relation);
  log := (name, relation, prefix, topic_column, steadywire.type_of(relation, topic_column),
    id_column, steadywire.type_of(relation, id_column) in ('text', 'character varying'), type_column, data_column, time_column,
    key_column, entity_type_column, entity_id_column, actor_column, may_read, max_events, max_age, key_window, max_bytes, broadcast);
  insert into steadywire.logs select (log).*
  on conflict on constraint logs_pkey do update set (
    relation, prefix, topic_column, topic_type, id_column, id_is_text, type_column, data_column, time_column,
    key_column, entity_type_column, entity_id_column, actor_column, may_read, max_events, max_age, key_window, max_bytes, broadcast) = (
    excluded.relation, excluded.prefix, excluded.topic_column, excluded.topic_type, excluded.id_column, excluded.id_is_text,
    excluded.type_column, excluded.data_column, excluded.time_column, excluded.key_column, excluded.entity_type_column,
    excluded.entity_id_column, excluded.actor_column, excluded.may_read, excluded.max_events, excluded.max_age, excluded.key_window,
    excluded.max_bytes, excluded.broadcast);
  perform steadywire.rebuild(log);
end $$;

-- Lets a table be an ordinary one again: its rows and its own columns stay, positions and keys are forgotten.
create or replace function steadywire.release(name text) returns void
language plpgsql set search_path = '' as $$
declare
  log steadywire.logs;
begin
  select * into log from steadywire.logs l where l.name = release.name;
  if not found then return; end if;
  perform steadywire.drop_parts(log), steadywire.call_if_there('withdraw', log);
  execute format('drop view if exists steadywire.%I', log.name || '_log');
  if steadywire.is_there(log.relation) then
    execute format('drop index if exists %s.%I', (select relnamespace::regnamespace from pg_catalog.pg_class where oid = log.relation), name || '_place');
    execute format($ddl$
      alter table %s drop column if exists seq, drop column if exists epoch, drop column if exists prev, drop column if exists truncated,
        drop column if exists final, drop column if exists erased, drop column if exists event_id, drop column if exists data_type
    $ddl$, log.relation);
  end if;
  delete from steadywire.keys k using steadywire.topics t where t.log = log.name and k.topic = t.topic;
  delete from steadywire.logs l where l.name = release.name;
end $$;
