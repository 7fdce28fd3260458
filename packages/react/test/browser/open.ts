import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type Browser, chromium } from 'playwright-core'
import { findChromium, howToGetChromium } from '../../../../tools/chromium.ts'

export async function launch(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error(howToGetChromium)
  return await chromium.launch({ executablePath, args: ['--disable-gpu', '--no-first-run'] })
}

const stylesheet = new URL('../../src/components/styles.css', import.meta.url)
const looks = `
  :root { color-scheme: light dark; font-family: system-ui, sans-serif }
  :root[data-theme='light'] { color-scheme: light }
  :root[data-theme='dark'] { color-scheme: dark }
  body { max-inline-size: 50rem; margin: 1rem auto; padding: 0 1rem; background: light-dark(#fff, #111318) }
  h2 { font-size: 1rem; margin-block: 1rem 0.25rem }
  .steadywire-status { margin-block-start: 0.5rem }`

/** The page of all states, from sources as an app would bundle it. */
export async function gallery(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('gallery.tsx', import.meta.url))],
    conditions: ['@steadywire/source'],
    define: { 'process.env.NODE_ENV': '"development"' },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    jsx: 'automatic',
  })
  const code = outputFiles[0]?.text.replaceAll('</script', '<\\/script') ?? ''
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
    <title>States</title><style>${readFileSync(stylesheet, 'utf8')}${looks}</style><body><script>${code}</script>`
}
