import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
const [, code = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []

const migrations = mkdtempSync(join(tmpdir(), 'steadywire-readme-'))
writeFileSync(
  join(migrations, '1.sql'),
  `create table todos (
     id bigint primary key generated always as identity,
     owner uuid not null default auth.uid(),
     title text not null
   );
   alter table todos enable row level security;
   create policy own on todos for all to authenticated using (owner = auth.uid());
   alter publication supabase_realtime add table todos;`,
)

// Its tests are ours: they run as a part of this file.
const file = join(import.meta.dirname, `readme-${process.pid}.gen.ts`)
writeFileSync(file, code.replace("'supabase/migrations'", JSON.stringify(migrations)))
afterAll(() => {
  rmSync(file)
  rmSync(migrations, { recursive: true })
})
await import(/* @vite-ignore */ file)
