import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

export interface DebianPrograms {
  readonly version: number
  /** The folder of `postgres`, `initdb`, `psql` and the others. */
  readonly bin: string
}

/** Debian's programs: they have the extensions that Debian has packages of. The newest version that is installed, or the oldest. */
export function findDebianPrograms(which: 'newest' | 'oldest' = 'newest'): DebianPrograms | undefined {
  const versions = '/usr/lib/postgresql'
  const installed = existsSync(versions)
    ? readdirSync(versions)
        .filter((version) => existsSync(join(versions, version, 'bin/postgres')))
        .map(Number)
        .sort((a, b) => b - a)
    : []
  const version = installed.at(which === 'newest' ? 0 : -1)
  return version === undefined ? undefined : { version, bin: join(versions, String(version), 'bin') }
}
