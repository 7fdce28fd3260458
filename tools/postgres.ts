import { existsSync } from 'node:fs'
import { findDebianPrograms } from '@steadywire/postgres-server'
import { installByApt } from './apt.ts'

const promised = 15
const packages = ['', '-pgtap', '-cron'].map((part) => `postgresql-${promised}${part}`)

/** Answers whether the tests of the SQL and of its log have a PostgreSQL with pgTAP and pg_cron. Where Debian's may be installed, it is. */
export function ensurePostgres(): boolean {
  const found = find() ?? (installByApt(...packages) ? find() : undefined)
  if (found === undefined)
    console.error(
      `The SQL tests need Debian's PostgreSQL, 15 or newer, with pgTAP and pg_cron. Install them (Debian: apt-get install ${packages.join(' ')}; Ubuntu: the same of its own version).`,
    )
  else console.log(`  ${found}`)
  const oldest = findDebianPrograms('oldest')?.version
  if (oldest !== undefined && oldest > promised)
    console.log(
      `  PostgreSQL ${promised} is promised; here the log is tested on ${oldest}, the oldest that is installed.`,
    )
  return found !== undefined
}

function find(): string | undefined {
  const bin = findDebianPrograms()?.bin
  const extensions = bin?.replace('/usr/lib/', '/usr/share/').replace(/bin$/, 'extension')
  const complete = ['pgtap', 'pg_cron'].every((name) => existsSync(`${extensions}/${name}.control`))
  return complete ? bin : undefined
}
