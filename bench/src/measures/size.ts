import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import type { Measure } from '../measure.ts'
import { measured } from '../rounds.ts'

const core = "export { defineTopic, createSubscriber } from '@steadywire/core'"
const sse = `${core}\nexport { sse } from '@steadywire/sse'`

/** What an app loads that imports only these names: bundled from the sources. Exact, so once is enough. */
export const measure: Measure = async () => ({
  'size.core': measured(await kilobytes(core)),
  'size.sse': measured(await kilobytes(sse)),
})

async function kilobytes(contents: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'ts' },
    ...{ bundle: true, minify: true, write: false, format: 'esm', platform: 'browser', target: 'es2023' },
    conditions: ['@steadywire/source'],
    legalComments: 'none',
  })
  return outputFiles.reduce((sum, file) => sum + gzipSync(file.contents, { level: 9 }).length, 0) / 1000
}
