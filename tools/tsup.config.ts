import { readFileSync } from 'node:fs'
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

/** How every package is built, run in its folder: ESM for browsers, Node, Bun, Deno and workers; tsc adds the types. */
export default defineConfig({
  entry: entriesOf('package.json'),
  format: ['esm'],
  target: 'es2023',
  platform: 'neutral',
  sourcemap: true,
  clean: true,
  treeshake: true,
  silent: true,
})
