-- Access with Supabase: what the roles anon, authenticated and service_role may do, and the functions that its REST interface offers.
--
-- Readers see what the row security of a log's table and its may_read function let them see. Only the service role appends.

create or replace function steadywire.has_roles() returns boolean language sql stable set search_path = '' as $$
  select exists (select from pg_catalog.pg_roles where rolname in ('anon', 'authenticated', 'service_role'))
$$;

-- Grants to those of these roles that exist.
create or replace function steadywire.allow(what text, variadic roles name[]) returns void
language plpgsql set search_path = '' as $$
declare
  one name;
begin
  for one in select rolname from pg_catalog.pg_roles where rolname = any (roles) loop
    execute format('grant %s to %I', what, one);
  end loop;
end $$;

create or replace function steadywire.deny(what text, variadic roles name[]) returns void
language plpgsql set search_path = '' as $$
declare
  one name;
begin
  for one in select rolname from pg_catalog.pg_roles where rolname = any (roles) loop
    execute format('revoke %s from %I', what, one);
  end loop;
end $$;

-- Switches row security on, where the roles are that it is for.
create or replace function steadywire.secure(variadic relations regclass[]) returns void
language plpgsql set search_path = '' as $$
declare
  one regclass;
begin
  if not steadywire.has_roles() then return; end if;
  foreach one in array relations loop
    execute format('alter table %s enable row level security', one);
  end loop;
end $$;

-- Makes a policy anew, for those of these roles that exist. `kind` is what stands before TO, `rule` what stands after it.
create or replace function steadywire.set_policy(relation regclass, policy name, kind text, rule text, variadic roles name[]) returns void
language plpgsql set search_path = '' as $$
declare
  readers constant text := (select string_agg(quote_ident(rolname), ', ' order by rolname) from pg_catalog.pg_roles where rolname = any (roles));
begin
  if readers is null then return; end if;
  if exists (select from pg_catalog.pg_policy p where p.polrelid = relation and p.polname = policy) then
    execute format('drop policy %I on %s', policy, relation);
  end if;
  execute format('create policy %I on %s %s to %s %s', policy, relation, kind, readers, rule);
end $$;

-- Opens the view of a log, and the function that reads pages of it, to those who may read its table, and closes the other functions that were
-- made with it. Called by rebuild.
create or replace function steadywire.expose(log steadywire.logs) returns void
language plpgsql set search_path = '' as $$
begin
  if not steadywire.has_roles() then return; end if;
  execute format($ddl$
    revoke execute on function steadywire.%I(), steadywire.%I(text, steadywire.draft[]), steadywire.%I(text, bigint, bigint),
      steadywire.%I(text, bigint), steadywire.%I(text, bigint, bigint, bigint, bigint, boolean) from public
  $ddl$, log.name || '_place', log.name || '_insert', log.name || '_span', log.name || '_neighbour', log.name || '_page');
  perform
    steadywire.allow(format('select on steadywire.%I', log.name || '_log'), 'anon', 'authenticated', 'service_role'),
    steadywire.allow(format('execute on function steadywire.%I(text, bigint, bigint, bigint, bigint, boolean)', log.name || '_page'),
      'anon', 'authenticated', 'service_role');
end $$;

-- For how many ms the caller's token is still good, by this database's clock; null without a token that expires.
create or replace function steadywire.expires_in() returns bigint
language plpgsql stable set search_path = '' as $$
declare
  ms constant numeric := floor(1000 * ((nullif(current_setting('request.jwt.claims', true), '')::json ->> 'exp')::numeric
    - extract(epoch from clock_timestamp())));
begin
  if ms <= 0 then
    -- A reader whose token is over is sent the status 401 by the REST interface: PT and three digits mean that there.
    raise exception 'The token expired' using errcode = 'PT401', hint = 'Get a fresh one, and ask again.';
  end if;
  return ms;
end $$;

-- Whom a token is of: the caller's id, as text. Policies ask for each row; without settings of its own it becomes part of their query.
create or replace function steadywire.caller() returns text language sql stable as $$
  select nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub'
$$;

-- A page of a topic, as steadywire.read answers it, and `expiresIn`: for how many ms the caller's token is still good.
create or replace function public.steadywire_read(
  topic text, after_seq bigint default null, after_epoch text default null, after_mark text default null,
  most bigint default 100, before bigint default null, last boolean default false) returns json
language plpgsql stable set search_path = '' as $$
declare
  ms constant bigint := steadywire.expires_in();
  page constant json := steadywire.read(topic, after_seq, after_epoch, after_mark, most, before, last);
begin
  return case when ms is null then page else (left(page::text, -1) || ',"expiresIn":' || ms || '}')::json end;
end $$;

-- The heads of those of these topics that the caller may read, and `expiresIn`: { "heads": topic → head, "expiresIn" }. Of the others
-- nothing is told.
create or replace function public.steadywire_heads(topics text[]) returns json
language plpgsql stable set search_path = '' as $$
declare
  ms constant bigint := steadywire.expires_in();
begin
  return ('{"heads":' || steadywire.heads(topics) || coalesce(',"expiresIn":' || ms, '') || '}')::json;
end $$;

-- Appends drafts, all or none, as steadywire.append_json does. Ids and keys are remembered by scope, which is the subject of the token
-- unless it is said. For the service role.
create or replace function public.steadywire_append(topic text, drafts json, scope text default null) returns json
language sql set search_path = '' as $$
  select steadywire.append_json(topic, drafts, coalesce(scope, steadywire.caller(), ''))
$$;

-- PostgreSQL lets everybody execute what is new, and Supabase names its roles beside that.
do $$
begin
  if not steadywire.has_roles() then return; end if;
  revoke execute on all routines in schema steadywire from public;
  revoke execute on function
    public.steadywire_read(text, bigint, text, text, bigint, bigint, boolean), public.steadywire_heads(text[]),
    public.steadywire_append(text, json, text) from public;
end $$;

select
  steadywire.allow('usage on schema steadywire', 'anon', 'authenticated', 'service_role'),
  -- What a page is made by, in the reader's own name.
  steadywire.allow('execute on function
    steadywire.may_read(text), steadywire.caller(), steadywire.expires_in(), steadywire.log_of(text), steadywire.standing(text),
    steadywire.mark_at(steadywire.topics, bigint), steadywire.head_text(steadywire.topics),
    steadywire.page(text, bigint, text, text, bigint, bigint, boolean, bigint),
    steadywire.read(text, bigint, text, text, bigint, bigint, boolean), steadywire.heads(text[]),
    public.steadywire_read(text, bigint, text, text, bigint, bigint, boolean), public.steadywire_heads(text[])',
    'anon', 'authenticated', 'service_role'),
  steadywire.allow('select on steadywire.events', 'anon', 'authenticated', 'service_role'),
  steadywire.allow('insert on steadywire.events', 'service_role'),
  steadywire.allow('select on steadywire.logs, steadywire.topics, steadywire.keys', 'service_role'),
  steadywire.deny('execute on function public.steadywire_append(text, json, text)', 'anon', 'authenticated'),
  steadywire.allow('execute on function
    public.steadywire_append(text, json, text), steadywire.append_json(text, json, text, bigint, interval),
    steadywire.append_drafts(text, steadywire.draft[], text, bigint, interval), steadywire.append(text, text, json, text, text, text, text, boolean, text), steadywire.erase(text, bigint), steadywire.forget(text)',
    'service_role');

select
  steadywire.secure('steadywire.events', 'steadywire.topics', 'steadywire.keys', 'steadywire.logs'),
  steadywire.set_policy('steadywire.events', 'steadywire_read', 'for select', 'using (steadywire.may_read(topic))', 'anon', 'authenticated'),
  steadywire.set_policy('steadywire.events', 'steadywire_insert', 'for insert', 'with check (true)', 'service_role');

select steadywire.expose(l) from steadywire.logs l;
