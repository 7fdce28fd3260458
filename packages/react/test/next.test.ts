// A Next.js app, built against the packages as they are published, in a browser.
import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launch } from './browser/open.ts'

const root = join(import.meta.dirname, '../../..')
const app = join(import.meta.dirname, 'next-app')
const next = createRequire(import.meta.url).resolve('next/dist/bin/next')
const env = { ...process.env, NODE_ENV: 'production' as const, NODE_OPTIONS: '', NEXT_TELEMETRY_DISABLED: '1' }

let server: ChildProcess | undefined
let origin = ''
let browser: Browser | undefined

/** Runs a program to its end; what it said is in the error if it failed. */
function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data) => {
        said += data
      })
    child.once('error', reject)
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command} ${args.join(' ')}\n${said}`))))
  })
}

function start(): Promise<string> {
  return new Promise((resolve, reject) => {
    server = spawn(process.execPath, [next, 'start', '--port', '0'], {
      cwd: app,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    server.stdout?.on('data', (data) => {
      said += data
      const found = /http:\/\/localhost:\d+/.exec(said)
      if (found) resolve(found[0])
    })
    server.once('exit', (code) => reject(new Error(`next start ended with ${code}\n${said}`)))
  })
}

beforeAll(async () => {
  const packages = ['react', 'sse'].map((name) => `--filter=@steadywire/${name}`)
  await run(join(root, 'node_modules/.bin/turbo'), ['run', 'build', ...packages, '--output-logs=errors-only'], root)
  await run(process.execPath, [next, 'build'], app)
  origin = await start()
  browser = await launch()
}, 300_000)

afterAll(async () => {
  await browser?.close()
  server?.kill()
})

const emit = (percent: number) =>
  fetch(`${origin}/emit`, { method: 'POST', body: JSON.stringify({ percent }) }).then((response) => response.json())

it('renders the state on the server, hydrates without a word, and goes on live after it', async () => {
  await emit(10)
  await emit(20)
  const html = await (await fetch(origin)).text()
  expect(html).toContain('10 %, 20 %')

  const page = await browser?.newPage()
  if (!page) throw new Error('no page')
  const complaints: string[] = []
  const streams: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (line) => /error|warning/.test(line.type()) && complaints.push(line.text()))
  page.on('response', (response) => {
    if (response.headers()['content-type']?.includes('text/event-stream'))
      streams.push(new URL(response.url()).pathname)
  })
  await page.goto(origin)
  await page.waitForSelector('p[data-live=true]')
  expect(await page.textContent('p')).toBe('10 %, 20 %')
  await emit(30)
  await expect.poll(() => page.textContent('p')).toBe('10 %, 20 %, 30 %')
  expect(streams.length).toBe(1)
  expect(streams[0]).toMatch(/^\/live\//)
  expect(await page.getAttribute('.steadywire-connection', 'data-state')).toBe('live')
  expect(complaints).toEqual([])
})
