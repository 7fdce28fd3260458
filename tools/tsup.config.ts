import { readFileSync, writeFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

/** The package's own list of entries: its exports, by the condition that leads to sources, and its commands. */
function entriesOf(packageFile: string): string[] {
  const { exports, bin = {} } = JSON.parse(readFileSync(packageFile, 'utf8'))
  const sources = Object.values<string | Record<string, string>>(exports).flatMap((target) => {
    const source = typeof target === 'string' ? undefined : target['@steadywire/source']
    return source === undefined ? [] : [source.replace(/^\.\//, '')]
  })
  const commands = Object.values<string>(bin).map((file) => file.replace('./dist/', 'src/').replace(/js$/, 'ts'))
  return [...sources, ...commands]
}

const entries = entriesOf('package.json')

/**
 * Puts `'use client'` back, which shaking the tree drops: React's frameworks run what has it in browsers, too. On the first line, so that
 * source maps hold.
 */
function restoreDirectives(): void {
  for (const source of entries) {
    if (!readFileSync(source, 'utf8').startsWith("'use client'")) continue
    const built = source.replace(/^src/, 'dist').replace(/\.tsx?$/, '.js')
    writeFileSync(built, `'use client';${readFileSync(built, 'utf8')}`)
  }
}

/** How every package is built, run in its folder: ESM for browsers, Node, Bun, Deno and workers; tsc adds the types. */
export default defineConfig({
  entry: entries,
  format: ['esm'],
  target: 'es2023',
  platform: 'neutral',
  sourcemap: true,
  clean: true,
  treeshake: true,
  silent: true,
  onSuccess: async () => restoreDirectives(),
})
