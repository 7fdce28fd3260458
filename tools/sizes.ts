import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { root } from './root.ts'

const budgets = [
  { key: 'size.core', kB: 4, code: "export { defineTopic, createSubscriber } from '@steadywire/core'" },
  {
    key: 'size.sse',
    kB: 6.5,
    code: "export { defineTopic, createSubscriber } from '@steadywire/core'\nexport { sse } from '@steadywire/sse'",
  },
] as const

export type SizeKey = (typeof budgets)[number]['key']

/** What an app loads that imports only these names: bundled from the sources, minified, gzipped; in kB. */
export async function sizeOf(key: SizeKey): Promise<number> {
  const { code } = budgets.find((budget) => budget.key === key) ?? budgets[0]
  const result = await build({
    stdin: { contents: code, resolveDir: join(root, 'tools'), loader: 'ts' },
    ...{ bundle: true, minify: true, write: false, format: 'esm', platform: 'browser', target: 'es2023' },
    conditions: ['@steadywire/source'],
    legalComments: 'none',
  })
  return result.outputFiles.reduce((sum, file) => sum + gzipSync(file.contents, { level: 9 }).length, 0) / 1000
}

export async function printSizes(): Promise<void> {
  for (const { key, kB } of budgets) console.log(`  ${key}: ${(await sizeOf(key)).toFixed(2)} kB (goal ${kB} kB)`)
}
