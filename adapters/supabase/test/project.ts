import { migrationsFolder } from '@steadywire/sql'
import { type Supabase, type SupabaseOptions, startSupabase } from '@steadywire/supabase-local'

const jwtSecret = 'the secret of all projects in these tests, which is long enough'

/** A database with the migrations: one for a test file, since it takes a second to start. */
export async function startDatabase(): Promise<Supabase> {
  const first = await startSupabase({ jwtSecret, migrations: [migrationsFolder], log: false })
  await first.sql(rules)
  return first
}

/** Another endpoint over the same database: what a case may break. */
export function startEndpoint(database: Supabase, options: SupabaseOptions = {}): Promise<Supabase> {
  return startSupabase({ database: database.databaseUrl, jwtSecret, pollMs: 0, readyMs: 0, log: false, ...options })
}

/** Who may read, as tests decide it: by tables. */
const rules = `
  create table public.test_forbidden (topic text, subject text);
  create table public.test_hidden (topic text, seq bigint, primary key (topic, seq));
  create or replace function steadywire.may_read(topic text) returns boolean language sql stable security definer as $$
    select not exists (
      select from public.test_forbidden f
      where f.topic = may_read.topic and f.subject in ('*', coalesce(current_setting('request.jwt.claims', true)::json ->> 'sub', ''))
    )
  $$;
  create function public.test_is_hidden(topic text, seq bigint) returns boolean language sql stable security definer as $$
    select exists (select from public.test_hidden h where h.topic = test_is_hidden.topic and h.seq = test_is_hidden.seq)
  $$;
  create policy test_hidden on steadywire.events as restrictive for select to anon, authenticated
    using (not public.test_is_hidden(topic, seq));
`
