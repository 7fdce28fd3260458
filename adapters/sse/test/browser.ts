import { fileURLToPath } from 'node:url'
import { createTcpProxy, type TcpProxy } from '@steadywire/conformance/faults'
import { createGateway, type MemoryLog, memoryLog, type RunningGateway } from '@steadywire/server'
import { build } from 'esbuild'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { expect, onTestFinished, vi } from 'vitest'
import { findChromium, howToGetChromium } from '../../../tools/chromium.ts'
import { type SseHandlerOptions, sseHandler, toNode } from '../src/server/index.ts'
import type { App } from './browser-page.ts'
import { authorise, serve } from './setup.ts'

const flags = ['quic', 'background-networking', 'component-update', 'sync', 'gpu'].map((what) => `--disable-${what}`)

export async function launch(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error(howToGetChromium)
  return await chromium.launch({
    executablePath,
    args: [...flags, '--no-first-run'],
    // With the cache, a page that is left for another one is frozen, and resumed when one comes back.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  })
}

/** The page's script, from sources as an app would bundle it. */
export async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('browser-page.ts', import.meta.url))],
    conditions: ['@steadywire/source'],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
  })
  return outputFiles[0]?.text ?? ''
}

const plainFollower = `
  const seen = [], gaps = []
  let opened = 0, broken = 0
  const source = new EventSource('/events/topics/job%3A1?from=start')
  source.onopen = () => opened++
  source.onerror = () => broken++
  source.onmessage = ({ data }) => seen.push(JSON.parse(data).seq)
  source.addEventListener('gap', ({ data }) => gaps.push(data))
  globalThis.app = { seen, get opened() { return opened }, get broken() { return broken }, gaps }`

export interface Site {
  readonly log: MemoryLog
  readonly gateway: RunningGateway
  readonly proxy: TcpProxy
  /** As pages see it: through the proxy. */
  readonly origin: string
  /** The path, and what EventSource says that it got last, of each request for events. */
  readonly requests: { readonly path: string; readonly lastEventId: string | undefined }[]
  /** How many requests for events are under way. */
  readonly busy: number
}

/** A server of pages and events behind a proxy: `/plain` has no code of ours, `/blank` none at all, `/` follows as its address asks. */
export async function site(script: string, options: Partial<SseHandlerOptions> = {}): Promise<Site> {
  const log = memoryLog()
  const gateway = createGateway({ log, authorise })
  const events = toNode(sseHandler({ gateway, basePath: '/events', random: () => 0, ...options }))
  const requests: Site['requests'] = []
  let busy = 0
  const { server } = await serve((request, response) => {
    const path = request.url ?? ''
    if (path.startsWith('/events/')) {
      requests.push({ path, lastEventId: request.headers['last-event-id']?.toString() })
      busy++
      response.on('close', () => busy--)
      return void events(request, response)
    }
    if (path === '/favicon.ico') return void response.writeHead(204).end()
    const code = path === '/plain' ? plainFollower : path === '/blank' ? '' : script
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(`<!doctype html><title>Test</title><script>${code.replaceAll('</script', '<\\/script')}</script>`)
  })
  const proxy = await createTcpProxy()
  const address = server.address()
  if (typeof address === 'object' && address) proxy.target(address.port)
  onTestFinished(async () => {
    await gateway.close({ graceMs: 0 })
    await proxy.close()
  })
  return {
    log,
    gateway,
    proxy,
    origin: `http://127.0.0.1:${proxy.port}`,
    requests,
    get busy() {
      return busy
    },
  }
}

export interface Tab {
  readonly page: Page
  /** What went wrong in it, but for the browser's own lines about a lost network. */
  readonly complaints: string[]
  /** Evaluates in the page. */
  ask<T>(question: (app: App) => T | Promise<T>): Promise<T>
  /** Waits until exactly these were shown, in this order. */
  shows(first: number, last: number): Promise<void>
}

export async function openTab(context: BrowserContext, address: string): Promise<Tab> {
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => void complaints.push(String(error)))
  page.on('console', (line) => {
    if (line.type() === 'error' && !/^Failed to load resource: net::/.test(line.text())) complaints.push(line.text())
  })
  await page.goto(address)
  const ask = async <T>(question: (app: App) => T | Promise<T>): Promise<T> =>
    await page.evaluate<T>(`(${question})(app)`)
  return {
    page,
    complaints,
    ask,
    async shows(first, last) {
      await until(async () => expect((await ask(({ seen }) => seen)).at(-1)).toBe(last))
      expect(await ask(({ seen }) => seen)).toEqual(
        Array.from({ length: last - first + 1 }, (_, index) => first + index),
      )
    },
  }
}

export const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 10_000 })
