-- Appending: one step, all or nothing.

-- A text that is given as JSON; null if PostgreSQL can't keep it (half a character, or NUL).
create or replace function steadywire.text_of(value json) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return value #>> '{}';
exception when others then
  return null;
end $$;

do $$ begin
  -- `data` and `key` are JSON, as text: so it stays as it was sent, to the last digit.
  create type steadywire.draft as (
    id text, type text, data text, key text, entity_type text, entity_id text, actor text, truncated boolean, final boolean);
exception when duplicate_object then null;
end $$;

-- What is wrong with a draft, or null. Without settings of its own it becomes part of the query that asks.
create or replace function steadywire.problem_of(draft steadywire.draft) returns text
language sql immutable as $$
  select case
    when not steadywire.is_id(draft.id) then 'id is not 1 to 128 of A-Z a-z 0-9 _ . : -'
    when coalesce(length(draft.type), 0) not between 1 and 128 then 'type is not a text of 1 to 128 characters'
    when length(draft.key) not between 3 and 1538 then 'key is not a text of 1 to 256 characters'
    when length(draft.actor) not between 1 and 256 then 'actor is not a text of 1 to 256 characters'
    when length(draft.entity_type) not between 1 and 128 then 'entity.type is not a text of 1 to 128 characters'
    when length(draft.entity_id) not between 1 and 256 then 'entity.id is not a text of 1 to 256 characters'
    when draft.entity_id is not null and draft.entity_type is null then 'entity.type is missing'
    when (draft.data is null) <> coalesce(draft.truncated, false) then 'data is missing, or there although it was truncated'
  end
$$;

create or replace function steadywire.check_drafts(topic text, drafts steadywire.draft[], max_bytes integer) returns void
language plpgsql stable set search_path = '' as $$
declare
  problem text;
  heavy record;
begin
  if cardinality(drafts) > 1000 then
    raise exception '% drafts for % are too many for one append', cardinality(drafts), topic
      using errcode = 'SW002', hint = 'Append at most 1,000 at once.';
  end if;
  select steadywire.problem_of(d) into problem from unnest(drafts) as d where steadywire.problem_of(d) is not null limit 1;
  if found then
    raise exception 'A draft can''t be appended to %: %', topic, problem using errcode = 'SW002';
  end if;
  select d.type, octet_length(d.data) as bytes into heavy from unnest(drafts) as d where octet_length(d.data) > max_bytes limit 1;
  if found then
    raise exception '% on % has % bytes of data, % are allowed', heavy.type, topic, heavy.bytes, max_bytes
      using errcode = 'SW003', hint = 'Send less, such as a reference to the data.';
  end if;
end $$;

-- Appends drafts, and answers for each in order: [{ "position": [epoch, seq, mark], "duplicate": … }]. One whose id or key is known
-- within the scope makes no second event. What the topic keeps may be said along with it.
create or replace function steadywire.append_drafts(
  topic text, drafts steadywire.draft[], scope text default '', max_events bigint default null, max_age interval default null)
returns json
-- One plan for any number of drafts: to plan anew for each would take longer than to append.
language plpgsql security definer set search_path = '' set plan_cache_mode = force_generic_plan as $$
declare
  log steadywire.logs := steadywire.log_of(topic);
  before steadywire.topics;
  fresh steadywire.draft[];
  answers text;
  draft steadywire.draft;
begin
  perform steadywire.check_drafts(topic, drafts, log.max_bytes);
  if (select count(distinct id) < count(*) or count(distinct key) < count(key) from unnest(drafts)) then
    -- Taken one by one, what repeats within the batch is found as any other repeat.
    foreach draft in array drafts loop
      answers := concat_ws(',', answers, btrim(steadywire.append_drafts(topic, array[draft], scope, max_events, max_age)::text, '[]'));
    end loop;
    return '[' || answers || ']';
  end if;

  perform steadywire.settle();
  before := steadywire.lock_topic(topic, log.name);
  if (before.max_events, before.max_age) is distinct from (coalesce(max_events, before.max_events), coalesce(max_age, before.max_age)) then
    update steadywire.topics t
    set max_events = coalesce(append_drafts.max_events, t.max_events), max_age = coalesce(append_drafts.max_age, t.max_age)
    where t.topic = append_drafts.topic;
  end if;
  with given as (
    select d, n, 'i' || id as id_name, 'k' || key as key_name, right(id, 8) as own_mark
    from unnest(drafts) with ordinality as d (id, type, data, key, entity_type, entity_id, actor, truncated, final, n)
  ), looked_up as (
    select given.*, coalesce(i.seq, k.seq) as known, coalesce(i.mark, k.mark, own_mark) as mark
    from given
    -- With its limit each is a look-up by the whole key, whatever PostgreSQL believes of the table: a join may read all keys of the topic.
    left join lateral (
      select * from steadywire.keys k where k.topic = append_drafts.topic and k.scope = append_drafts.scope and k.name = id_name limit 1) as i on true
    left join lateral (
      select * from steadywire.keys k where k.topic = append_drafts.topic and k.scope = append_drafts.scope and k.name = key_name limit 1) as k on true
  ), numbered as (
    select *, coalesce(known, before.head + count(*) filter (where known is null) over (order by n)) as seq from looked_up
  ), remembered as (
    insert into steadywire.keys (topic, scope, name, seq, mark, at)
    select append_drafts.topic, append_drafts.scope, name, seq, mark, clock_timestamp()
    from numbered cross join lateral (values (id_name), (key_name)) as names (name)
    where known is null and name is not null
  )
  select
    array_agg(drafts[n] order by n) filter (where known is null),
    string_agg(
      format('{"position":["%s",%s,"%s"],"duplicate":%s}', before.epoch, seq, mark, to_json(known is not null)), ',' order by n)
  into fresh, answers from numbered;
  if fresh is not null then
    perform set_config('steadywire.appending', 'on', true);
    execute format('select steadywire.%I($1, $2)', log.name || '_insert') using substr(topic, length(log.prefix) + 1), fresh;
    perform set_config('steadywire.appending', '', true);
  end if;
  return '[' || coalesce(answers, '') || ']';
end $$;

-- The same for drafts as JSON: [{ id, type, data, key, entity_type, entity_id, actor, truncated, final }], where data and key are JSON as text.
create or replace function steadywire.append_json(
  topic text, drafts json, scope text default '', max_events bigint default null, max_age interval default null)
returns json
language plpgsql set search_path = '' as $$
begin
  return steadywire.append_drafts(
    topic, array(select d from json_populate_recordset(null::steadywire.draft, drafts) as d), scope, max_events, max_age);
end $$;

-- Appends one event, in a trigger, a function or any transaction: the mutation and its event commit together, or not at all. Answers
-- its seq; that of the first one, if there was one with this key.
--
--   perform steadywire.append('job:' || new.id, 'job.updated', to_json(new), key => new.id || ':' || new.version, entity_type => 'job', entity_id => new.id::text);
create or replace function steadywire.append(
  topic text, type text, data json,
  key text default null, entity_type text default null, entity_id text default null, actor text default null,
  final boolean default false, id text default gen_random_uuid()::text)
returns bigint
language sql security definer set search_path = '' as $$
  select (steadywire.append_drafts(
    topic, array[(id, type, coalesce(data, 'null')::text, to_json(key)::text, entity_type, entity_id, actor, false, final)::steadywire.draft])
    #>> '{0,position,1}')::bigint
$$;
