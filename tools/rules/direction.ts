import { posix } from 'node:path'
import { importsOf, packageOf } from './source.ts'
import type { Package, Problem } from './workspace.ts'

const own = '@steadywire/'

/** Which of our packages a package may use: dependencies point one way. Examples and benchmarks may use all. */
const allowed: readonly (readonly [folder: RegExp, uses: readonly string[]])[] = [
  [/^packages\/core$/, []],
  [/^packages\/(server|react|sessions|signals|jobs|devtools|swift-bridge)$/, ['core']],
  [/^packages\/react-native$/, ['core', 'react']],
  [/^supabase$/, []],
  [/^packages\/log-postgres$/, ['core', 'server', 'sql']],
  [/^packages\/log-redis$/, ['core', 'server']],
  [/^packages\/cli$/, ['core', 'server', 'conformance', 'memory', 'sse', 'socketio', 'supabase']],
  [/^adapters\/[a-z0-9-]+$/, ['core', 'server']],
  [/^conformance$/, ['core', 'server']],
  [/^supabase\/local$/, []],
]

const anything = /^(examples\/[a-z0-9-]+|bench)$/

/** Node's modules are for servers and tools; of the client side, what runs on a backend only says so here. */
const mayUseNode =
  /^(packages\/(server|log-[a-z]+|cli)|supabase|conformance|examples\/[a-z0-9-]+|bench)\/|\/src\/server\//

/** The client half of an adapter reaches no server code. The memory adapter is both halves in one process. */
const isClientHalf = (path: string) => /^adapters\/(?!memory\/)[^/]+\/src\/(?!server\/)/.test(path)

export function checkDirection(packages: readonly Package[]): Problem[] {
  return packages.flatMap((one) => [...checkManifest(one), ...checkImports(one)])
}

function checkManifest(one: Package): Problem[] {
  const file = `${one.folder}/package.json`
  if (anything.test(one.folder)) return []
  const uses = allowed.find(([folder]) => folder.test(one.folder))?.[1]
  if (!uses)
    return [{ file, message: 'has no place in the order of packages: give it one in tools/rules/direction.ts' }]
  return [...one.needs]
    .filter((name) => name.startsWith(own) && !uses.includes(name.slice(own.length)))
    .map((name) => ({ file, message: `must not depend on ${name}: dependencies point one way` }))
}

function checkImports(one: Package): Problem[] {
  return one.sources.flatMap(({ path, text }) =>
    importsOf(text).flatMap((specifier) => {
      const message = objection(one, path, specifier)
      return message ? [{ file: path, message }] : []
    }),
  )
}

function objection(one: Package, path: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(path), specifier)
    if (!target.startsWith(`${one.folder}/src/`)) return `imports ${specifier}, which is outside its src`
    const server = isClientHalf(path) && target.startsWith(`${one.folder}/src/server/`)
    return server ? `imports ${specifier} into the client half` : undefined
  }
  if (specifier.startsWith('node:'))
    return mayUseNode.test(path) ? undefined : `imports ${specifier}, but runs where there is no Node`
  const name = packageOf(specifier)
  if (name === undefined) return undefined
  if (name === `${own}server` && isClientHalf(path)) return `imports ${specifier} into the client half`
  if (name === one.name || one.needs.has(name)) return undefined
  return `imports ${specifier}, which ${one.folder}/package.json does not name as a dependency`
}
