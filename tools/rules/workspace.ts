import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'

export interface Problem {
  /** Relative to the repository. */
  readonly file: string
  readonly message: string
}

export interface SourceFile {
  readonly path: string
  readonly text: string
}

/** A package of the monorepo, as the rules see it. */
export interface Package {
  readonly name: string
  /** Relative to the repository, such as `packages/core`. */
  readonly folder: string
  /** What it needs when it is used: dependencies and peer dependencies. */
  readonly needs: ReadonlySet<string>
  readonly sources: readonly SourceFile[]
}

const places = ['packages/*', 'adapters/*', 'supabase', 'supabase/local', 'conformance', 'examples/*', 'bench']

export function readPackages(root: string): Package[] {
  const manifests = places.flatMap((place) => globSync(`${place}/package.json`, { cwd: root })).sort()
  return manifests.map((manifest) => {
    const folder = dirname(manifest).split(sep).join('/')
    const { name, dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, manifest), 'utf8'))
    return {
      name: String(name),
      folder,
      needs: new Set(Object.keys({ ...dependencies, ...peerDependencies })),
      sources: readSources(root, folder),
    }
  })
}

function readSources(root: string, folder: string): SourceFile[] {
  const paths = globSync(`${folder}/src/**/*.{ts,tsx}`, { cwd: root }).sort()
  return paths.map((path) => ({
    path: relative(root, join(root, path)).split(sep).join('/'),
    text: readFileSync(join(root, path), 'utf8'),
  }))
}
