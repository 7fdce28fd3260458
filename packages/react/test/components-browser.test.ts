import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { App } from './browser/gallery.tsx'
import { gallery, launch } from './browser/open.ts'

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
let browser: Browser
let html: string

beforeAll(async () => {
  const [launched, page] = await Promise.all([launch(), gallery()])
  browser = launched
  html = page
}, 60_000)
afterAll(() => browser?.close())

type Scheme = 'dark' | 'light'

async function open(wish: { scheme?: Scheme; theme?: Scheme; dir?: string; width?: number } = {}): Promise<Page> {
  const { scheme = 'light', theme, dir = 'ltr', width = 800 } = wish
  const page = await browser.newPage({ colorScheme: scheme, viewport: { width, height: 800 }, reducedMotion: 'reduce' })
  onTestFinished(() => page.close())
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()))
  onTestFinished(() => expect(complaints).toEqual([]))
  await page.setContent(html.replace('<html', `<html dir="${dir}"${theme ? ` data-theme="${theme}"` : ''}`))
  await page.waitForSelector('[data-name=refused] .steadywire-followed[data-state=refused]')
  await page.waitForSelector('[data-name=failed] .steadywire-connection[data-state=failed]')
  return page
}

declare const app: App

const surface = (page: Page) => page.$eval('.steadywire-status', (element) => getComputedStyle(element).backgroundColor)

const dark = 'rgb(27, 29, 33)'
const light = 'rgb(255, 255, 255)'

describe('looks', () => {
  it.each<[Scheme, string, number]>([
    ['dark', 'ltr', 800],
    ['light', 'rtl', 390],
  ])('every state passes axe, contrast included: %s, %s, %d px', async (scheme, dir, width) => {
    const page = await open({ scheme, dir, width })
    await page.evaluate(() => app.line(30))
    await page.evaluate(() => app.wires.list?.settled())
    await page.waitForSelector('.steadywire-event')
    await page.addScriptTag({ path: axe })
    const found = await page.evaluate(async (): Promise<AxeResults> => {
      const { axe } = globalThis as unknown as { axe: typeof import('axe-core') }
      return await axe.run(document.body, { rules: { region: { enabled: false } } })
    })
    expect(found.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
    expect(found.passes.map(({ id }) => id)).toContain('color-contrast')
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect(wide).toBe(0)
  })

  it('follow the system, and data-theme before it', async () => {
    const page = await open({ scheme: 'dark' })
    const theme = (name: Scheme) => page.evaluate((to) => document.documentElement.setAttribute('data-theme', to), name)
    expect(await surface(page)).toBe(dark)
    await theme('light')
    expect(await surface(page)).toBe(light)
    await page.emulateMedia({ colorScheme: 'light' })
    await theme('dark')
    expect(await surface(page)).toBe(dark)
  })

  it('nothing moves for who wants it so', async () => {
    const page = await open()
    const animation = await page.$eval(
      '[data-name=connecting] .steadywire-connection',
      (element) => getComputedStyle(element, '::before').animationName,
    )
    expect(animation).toBe('none')
  })
})

describe('a list in a browser', () => {
  const list = '.steadywire-list'
  const fromEnd = (page: Page) =>
    page.$eval(list, (element) => element.scrollHeight - element.clientHeight - element.scrollTop)
  const top = (page: Page) => page.$eval(list, (element) => element.scrollTop)
  const emit = async (page: Page, count: number) => {
    await page.evaluate((lines) => app.line(lines), count)
    await page.evaluate(() => app.wires.list?.settled())
  }
  const size = (page: Page) => page.$eval(`${list} li`, (item) => Number(item.getAttribute('aria-setsize')))
  /** What the reader sees uppermost, and where. */
  const sight = (page: Page) =>
    page.$eval(list, (element) => {
      const { top: edge } = element.getBoundingClientRect()
      const items = [...element.querySelectorAll('li')].map((item) => ({
        item,
        y: item.getBoundingClientRect().top - edge,
      }))
      const first = items.filter(({ y }) => y >= 0).sort((a, b) => a.y - b.y)[0]
      return { text: first?.item.textContent, y: Math.round(first?.y ?? Number.NaN) }
    })

  /** A page, to its end: it is scrolled smoothly. */
  const scrollUp = async (page: Page) => {
    const ended = page.$eval(
      list,
      (element) =>
        new Promise<void>((resolve) => void element.addEventListener('scrollend', () => resolve(), { once: true })),
    )
    await page.keyboard.press('PageUp')
    await ended
  }

  const isStill = async (page: Page) => {
    const before = await top(page)
    return before === (await top(page))
  }

  it('stays at the end while the reader is there, with few rows in the page', async () => {
    const page = await open()
    await emit(page, 200)
    await expect.poll(() => size(page)).toBe(200)
    await expect.poll(() => fromEnd(page)).toBeLessThan(2)
    await emit(page, 10)
    await expect.poll(() => size(page)).toBe(210)
    await expect.poll(() => fromEnd(page)).toBeLessThan(2)
    expect(await page.$$eval(`${list} li`, (items) => items.length)).toBeLessThan(60)
    expect(await page.$(`${list} button`)).toBeNull()
  })

  it('keeps the place of who scrolled up by the keyboard, and leads back', async () => {
    const page = await open()
    await emit(page, 100)
    await expect.poll(() => fromEnd(page)).toBeLessThan(2)
    await page.focus(list)
    for (let press = 0; press < 3; press += 1) await scrollUp(page)
    await page.waitForSelector(`${list} button`)
    await expect.poll(() => isStill(page)).toBe(true)
    const before = await sight(page)
    await emit(page, 20)
    await page.waitForSelector(`${list} button:has-text("20 new")`)
    expect(await sight(page)).toEqual(before)
    expect(await page.textContent(`${list} [role=status]`)).toBe('New events below')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await expect.poll(() => fromEnd(page)).toBeLessThan(2)
    await expect.poll(() => page.$(`${list} button`)).toBeNull()
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('steadywire-list')
  })

  it('asks for older events at the start, once, and keeps the place when they come', async () => {
    const asked = (page: Page) =>
      page.$eval('[data-name=list]', (element) => Number(element.getAttribute('data-asked')))
    const page = await open()
    await emit(page, 100)
    await expect.poll(() => fromEnd(page)).toBeLessThan(2)
    const atFirst = await asked(page)
    await page.focus(list)
    await page.keyboard.press('Home')
    await expect.poll(() => top(page)).toBe(0)
    await expect.poll(() => asked(page)).toBe(atFirst + 1)
    const before = await sight(page)
    await page.evaluate(() => app.prepend(50))
    await expect.poll(() => size(page)).toBe(150)
    expect(await sight(page)).toEqual(before)
    expect(await asked(page)).toBe(atFirst + 1)
  })
})
