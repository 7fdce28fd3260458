import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type Browser, type BrowserContext, chromium } from 'playwright-core'
import type { Socket } from 'socket.io'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { findChromium, howToGetChromium } from '../../../tools/chromium.ts'
import type { App } from './browser-page.ts'
import { cutAll, drafts, setup } from './setup.ts'

let browser: Browser
let script: string

beforeAll(async () => {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error(howToGetChromium)
  const bundling = build({
    entryPoints: [fileURLToPath(new URL('browser-page.ts', import.meta.url))],
    conditions: ['@steadywire/source'],
    ...{ bundle: true, write: false, format: 'iife', platform: 'browser' },
  })
  browser = await chromium.launch({ executablePath })
  script = (await bundling).outputFiles?.[0]?.text ?? ''
}, 30_000)
afterAll(() => browser?.close())

const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 10_000 })

/** A server of pages, and of nothing else; answers its origin. */
async function home(): Promise<string> {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(`<!doctype html><title>Test</title><script>${script.replaceAll('</script', '<\\/script')}</script>`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function newContext(): Promise<BrowserContext> {
  const context = await browser.newContext()
  onTestFinished(() => context.close())
  return context
}

async function open(context: BrowserContext, address: string) {
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.goto(address)
  const ask = async <T>(question: (app: App) => T): Promise<T> => await page.evaluate<T>(`(${question})(app)`)
  return { ask, complaints }
}

/** The subject stands in a cookie, and nowhere else. */
const cookies = ({ handshake }: Socket) => {
  const token = /(?:^|; )subject=(\w+)/.exec(handshake.headers.cookie ?? '')?.[1]
  return token === undefined ? {} : { token }
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

describe('our client in Chromium, on the page of another origin', () => {
  it.each(['polling', 'websocket', 'polling,websocket'])(
    '[D1][D2][D3] is let in by its cookie over %s, where cors allows credentials',
    async (transports) => {
      const origin = await home()
      const api = await setup({ io: { cors: { origin, credentials: true } }, mount: { credentials: cookies } })
      const context = await newContext()
      await context.addCookies([{ name: 'subject', value: 'alice', url: api.url, httpOnly: true, sameSite: 'Lax' }])
      const query = new URLSearchParams({ url: api.url, topic: 'private:1', transports, cookies: '' })
      const { ask, complaints } = await open(context, `${origin}/?${query}`)
      for (const round of upTo(3)) {
        await api.log.append('private:1', drafts(20))
        await until(async () => expect(await ask(({ seen }) => seen)).toEqual(upTo(20 * round)))
        if (round === 1) cutAll(api.io)
      }
      expect(await ask(({ errors }) => errors)).toEqual([])
      expect(complaints.filter((line) => !/^Failed to load resource|^WebSocket connection/.test(line))).toEqual([])
    },
  )

  it('[D10a] is nobody without withCredentials, and sees nothing that is private', async () => {
    const origin = await home()
    const api = await setup({ io: { cors: { origin, credentials: true } }, mount: { credentials: cookies } })
    await api.log.append('private:1', drafts(1))
    const context = await newContext()
    await context.addCookies([{ name: 'subject', value: 'alice', url: api.url }])
    const query = new URLSearchParams({ url: api.url, topic: 'private:1', transports: 'polling' })
    const { ask } = await open(context, `${origin}/?${query}`)
    await until(async () => expect(await ask(({ status }) => status)).toBe('refused'))
    expect(await ask(({ seen, errors }) => [seen, errors])).toEqual([[], ['forbidden']])
  })

  it('is not let in from an origin that cors does not name', async () => {
    const [origin, foreign] = [await home(), await home()]
    const api = await setup({ io: { cors: { origin, credentials: true } }, mount: { credentials: cookies } })
    await api.log.append('private:1', drafts(1))
    const context = await newContext()
    await context.addCookies([{ name: 'subject', value: 'alice', url: api.url }])
    const query = new URLSearchParams({ url: api.url, topic: 'private:1', transports: 'polling', cookies: '' })
    const { ask, complaints } = await open(context, `${foreign}/?${query}`)
    await until(() => expect(complaints[0]).toMatch(/CORS/))
    expect(await ask(({ seen, state }) => [seen, state === 'online'])).toEqual([[], false])
  })
})
