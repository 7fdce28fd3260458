import { join } from 'node:path'
import { migrations, migrationsFolder } from '@steadywire/sql'
import { startSupabase } from '@steadywire/supabase-local'
import { topic } from '../events.ts'
import { endWithParent } from '../process.ts'

/** A stand-in for Supabase, with what both sides need. Its argument: how long row changes wait to be looked at, ms. */
endWithParent()
const project = await startSupabase({
  pollMs: Number(process.argv[2]),
  readyMs: 0,
  migrations: migrations('supabase').map(({ name }) => join(migrationsFolder, name)),
  log: false,
})

/** What one would write by hand: a table in the publication, a policy, and a trigger that broadcasts. */
const statements = [
  `create or replace function steadywire.may_read(topic text) returns boolean language sql stable as $$ select topic = '${topic}' $$`,
  `select steadywire.set_broadcast('events', 'events')`,
  `create table public.bare (id bigint primary key generated always as identity, topic text not null, data jsonb not null)`,
  `alter table public.bare enable row level security`,
  `create policy read on public.bare for select to authenticated using (topic = '${topic}')`,
  `alter publication supabase_realtime add table public.bare`,
  `create function public.tell() returns trigger language plpgsql security definer as $$
   begin perform realtime.send(to_jsonb(new), 'bare', 'bare:' || new.topic, true); return null; end $$`,
  `create trigger tell after insert on public.bare for each row execute function public.tell()`,
  `create policy hear on realtime.messages for select to authenticated using (realtime.topic() = 'bare:${topic}')`,
]
for (const statement of statements) await project.sql(statement)

const { url, publishableKey, secretKey } = project
const token = project.token({ sub: '00000000-0000-4000-8000-000000000001' })
process.send?.({ url, publishableKey, secretKey, token })
