import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { transformSync } from '@babel/core'
import { build } from 'esbuild'

const { resolve } = createRequire(import.meta.url)
const builds: Partial<Record<NodeJS.Platform, string>> = { darwin: 'osx-bin', win32: 'win64-bin' }
const hermes = join(
  dirname(resolve('hermes-compiler')),
  'hermesc',
  builds[process.platform] ?? 'linux64-bin',
  'hermesc',
)

/** One script out of packages, built as they are shipped; what is left out is required at run time. */
export async function bundle(packages: readonly string[], leftOut: readonly string[]): Promise<string> {
  const contents = packages.map((name, index) => `export * as part${index} from '${name}'`).join('\n')
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: 'ts' },
    ...{ bundle: true, write: false, format: 'iife', globalName: 'app', platform: 'neutral', target: 'es2023' },
    conditions: ['@steadywire/source', 'import'],
    jsx: 'automatic',
    external: [...leftOut],
  })
  return outputFiles[0]?.text ?? ''
}

/** As the bundler of an app makes it of what is shipped. */
export function throughPreset(script: string): string {
  const presets = [resolve('@react-native/babel-preset')]
  return transformSync(script, { presets, babelrc: false, configFile: false, filename: 'app.js' })?.code ?? ''
}

/** What Hermes has against a script. */
export function objections(script: string): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'steadywire-hermes-'))
  try {
    const file = join(folder, 'app.js')
    writeFileSync(file, script)
    const out = join(folder, 'app.hbc')
    const { status, stderr, error } = spawnSync(hermes, ['-emit-binary', '-out', out, file], { encoding: 'utf8' })
    if (error) throw error
    return status === 0 ? [] : stderr.split('\n').filter((line) => line.includes(': error: '))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
