import { existsSync } from 'node:fs'
import { findDebianPrograms } from '@steadywire/postgres-server'
import { installByApt } from './apt.ts'

const packages = ['postgresql-15', 'postgresql-15-pgtap', 'postgresql-15-cron']

/** Answers whether the SQL tests have a PostgreSQL with pgTAP and pg_cron. Where Debian's may be installed, it is. */
export function ensurePostgres(): boolean {
  const found = find() ?? (installByApt(...packages) ? find() : undefined)
  if (found === undefined)
    console.error(
      `The SQL tests need Debian's PostgreSQL, 15 or newer, with pgTAP and pg_cron. Install them (Debian: apt-get install ${packages.join(' ')}; Ubuntu: the same of its own version).`,
    )
  else console.log(`  ${found}`)
  return found !== undefined
}

function find(): string | undefined {
  const bin = findDebianPrograms()?.bin
  const extensions = bin?.replace('/usr/lib/', '/usr/share/').replace(/bin$/, 'extension')
  const complete = ['pgtap', 'pg_cron'].every((name) => existsSync(`${extensions}/${name}.control`))
  return complete ? bin : undefined
}
