import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core'
import { expect, onTestFinished, vi } from 'vitest'
import { findChromium, howToGetChromium } from '../../../../tools/chromium.ts'

const artefacts = fileURLToPath(new URL('../../artefacts/', import.meta.url))

const flags = ['quic', 'background-networking', 'component-update', 'sync', 'gpu'].map((what) => `--disable-${what}`)

export async function launch(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error(howToGetChromium)
  return await chromium.launch({ executablePath, args: ['--no-sandbox', ...flags, '--no-first-run'] })
}

export const desktop = { viewport: { width: 1440, height: 900 } }
export const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

/** What the browser itself says of a line that a test broke. */
const brokenLine = /^Failed to load resource: net::|^WebSocket connection to 'ws:.* failed/

export interface Counts {
  readonly emitted: number
  readonly delivered: number
  readonly repeated: number
  readonly lost: number
  readonly disordered: number
}

/** The page as its user sees it. */
export interface SessionPage {
  readonly page: Page
  /** What went wrong in it. */
  readonly complaints: readonly string[]
  button(name: string | RegExp): Locator
  counts(): Promise<Counts>
  choose(wire: string): Promise<void>
  /** Waits until this wire is in use. */
  uses(wire: string): Promise<void>
  /** Waits until so much more arrived, and all that was emitted, ms at most; then nothing came twice, too early or is lost. */
  staysPerfect(more?: number, timeout?: number): Promise<void>
  screenshot(name: string): Promise<void>
}

export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = desktop,
  /** Runs in the page before anything of it does. */
  prepare?: () => void,
): Promise<SessionPage> {
  const context = await browser.newContext(options)
  onTestFinished(() => context.close())
  const page = await context.newPage()
  if (prepare) await page.addInitScript(prepare)
  page.setDefaultTimeout(15_000)
  const complaints: string[] = []
  page.on('pageerror', (error) => void complaints.push(String(error)))
  page.on('console', (line) => {
    if (['error', 'warning'].includes(line.type()) && !brokenLine.test(line.text())) complaints.push(line.text())
  })
  await page.goto(url)
  await page.locator('[data-count=delivered] .value').waitFor()

  /** All of them at one moment. */
  const counts = () =>
    page.evaluate(() => {
      const number = (selector: string) =>
        Number(document.querySelector(selector)?.textContent?.replaceAll(',', '') ?? Number.NaN)
      return {
        emitted: number('[data-count=emitted] .value'),
        delivered: number('[data-count=delivered] .value'),
        repeated: number('.losses div:nth-child(1) dd'),
        lost: number('.losses div:nth-child(2) dd'),
        disordered: number('.losses div:nth-child(3) dd'),
      }
    })

  return {
    page,
    complaints,
    button: (name) => page.getByRole('button', { name }),
    counts,
    choose: (wire) => page.getByRole('radio', { name: wire }).check(),
    uses: (wire) => page.locator('.strand[data-state=active]', { hasText: wire }).waitFor(),
    async staysPerfect(more = 10, timeout = 25_000) {
      const { delivered } = await counts()
      await vi.waitFor(
        async () => {
          const now = await counts()
          expect(now.delivered).toBeGreaterThanOrEqual(delivered + more)
          // While events flow the last of them may be on their way.
          expect(now.emitted - now.delivered).toBeLessThan(10)
          expect(now).toMatchObject({ repeated: 0, lost: 0, disordered: 0 })
        },
        { timeout, interval: 100 },
      )
      expect(await page.locator('.verdict').getAttribute('data-state')).not.toBe('bad')
    },
    async screenshot(name) {
      mkdirSync(artefacts, { recursive: true })
      await page.screenshot({ path: join(artefacts, `${name}.png`) })
    },
  }
}
