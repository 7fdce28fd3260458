import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { applyMigrations, createDatabase, psql, run, standInForSupabase, startDebian } from './setup.ts'
import { parseTap, type TapRun } from './tap.ts'

const folder = fileURLToPath(new URL('../tests/', import.meta.url))
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.sql'))
  .sort()

const server = await startDebian()
afterAll(() => server.close())

const project = await createDatabase(server, 'project')
await standInForSupabase(project)
await applyMigrations(project)
// What is there is left as it is.
await applyMigrations(project)
await run(
  project,
  'create schema tap; create extension pgtap schema tap; grant usage on schema tap to public; alter default privileges in schema tap grant execute on functions to public',
)

for (const file of files) {
  const database = await createDatabase(server, basename(file, '.sql'), 'project')
  const { output, failure } = attempt(() => psql(database, `${folder}${file}`))
  describe(file, () => report(parseTap(output), failure))
}

function report({ planned, tests }: TapRun, failure: string | undefined): void {
  it('runs to its end', () => {
    expect(failure).toBeUndefined()
    expect(tests.length).toBe(planned)
  })
  for (const { title, ok, detail } of tests) it(title, () => expect(ok, detail).toBe(true))
}

/** A file that fails in the middle shows what it proved until then. */
function attempt(what: () => string): { readonly output: string; readonly failure?: string } {
  try {
    return { output: what() }
  } catch (thrown) {
    const { stdout, stderr } = Object(thrown)
    return { output: String(stdout), failure: String(stderr) }
  }
}
