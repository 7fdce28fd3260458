import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seriousProblems } from './page/accessibility.ts'
import { type Host, startHost } from './page/host.ts'
import { desktop, launch, openPage, phone } from './page/session-page.ts'

let browser: Browser
let host: Host

beforeAll(async () => {
  ;[browser, host] = await Promise.all([launch(), startHost('--transport', 'sse')])
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await host?.interrupt()
})

describe('what it shows', { timeout: 40_000 }, () => {
  it('is the session: terminal in colour, files as a tree, steps, state, progress', async () => {
    const { page, staysPerfect, complaints } = await openPage(browser, host.url)
    await staysPerfect()
    const sign = page.locator('.xterm-rows span', { hasText: '✓' }).first()
    const coloured = await sign.evaluate((span) => getComputedStyle(span).color)
    expect(coloured).not.toBe(await page.locator('.xterm-rows').evaluate((rows) => getComputedStyle(rows).color))
    await page.locator('.files details', { hasText: 'core/' }).locator('li', { hasText: 'sequencer.js' }).waitFor()
    await page.locator('.steps li', { hasText: 'Running' }).waitFor()
    await page.getByText(/Processing step \d+…/).waitFor()
    await page.locator('.steadywire-status', { hasText: 'Connected' }).waitFor()
    await page.locator('.charts canvas').nth(1).waitFor()
    expect(complaints).toEqual([])
  })

  it.each([
    ['desktop', 'light', desktop],
    ['desktop', 'dark', desktop],
    ['phone', 'light', phone],
    ['phone', 'dark', phone],
  ] as const)('can be used by everybody: %s, %s', async (size, colorScheme, options) => {
    const { page, staysPerfect, screenshot } = await openPage(browser, host.url, { ...options, colorScheme })
    await staysPerfect()
    expect(await seriousProblems(page)).toEqual([])
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(await overflow()).toBeLessThanOrEqual(0)
    await screenshot(`${size}-${colorScheme}`)
    await page.evaluate(() => document.documentElement.setAttribute('dir', 'rtl'))
    expect(await overflow()).toBeLessThanOrEqual(0)
    await screenshot(`${size}-${colorScheme}-rtl`)
  })

  it.each([320, 390])('has room for large numbers on a phone %i px wide', async (width) => {
    const { page, button, staysPerfect } = await openPage(browser, host.url, {
      ...phone,
      viewport: { width, height: 700 },
    })
    await staysPerfect()
    const overlaps = async () => {
      // Numbers as in a long session, which would take long to make.
      await page.locator('.at span').evaluate((span) => span.replaceChildren('104,182 of 104,250'))
      return await page.locator('.player').evaluate((player) => {
        const boxes = [...player.children].map((child) => child.getBoundingClientRect())
        return boxes.some((a, index) =>
          boxes
            .slice(index + 1)
            .some((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom),
        )
      })
    }
    await button('Pause').click()
    await page.getByText(/^You see/).waitFor()
    expect(await overlaps()).toBe(false)
    await page.setViewportSize({ width: 740, height: 360 })
    expect(await overlaps()).toBe(false)
    expect(await page.locator('.player').evaluate((player) => player.clientHeight)).toBeLessThan(60)
  })

  it('shows its parts also where the system chooses the colours', async () => {
    const { page, staysPerfect } = await openPage(browser, host.url, { ...desktop, forcedColors: 'active' })
    await staysPerfect()
    const line = page.locator('.strand[data-state=active] .line')
    expect(await line.evaluate((element) => element.getBoundingClientRect().height)).toBeGreaterThanOrEqual(4)
    const spoken = page.locator('.xterm-accessibility')
    expect(await spoken.evaluate((element) => getComputedStyle(element).color)).toBe('rgba(0, 0, 0, 0)')
  })

  it('changes its colours by the switch, and remembers them', async () => {
    const { page, button } = await openPage(browser, host.url, { ...desktop, colorScheme: 'light' })
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
    const light = await ground()
    await button(/Change to light/).click()
    expect(await ground()).toBe(light)
    await button(/Change to dark/).click()
    const dark = await ground()
    expect(dark).not.toBe(light)
    await page.reload()
    await button(/Colours: dark/).waitFor()
    expect(await ground()).toBe(dark)
  })

  it('is used by the keyboard alone, and no part of it keeps the focus', async () => {
    const { page, staysPerfect } = await openPage(browser, host.url)
    await staysPerfect()
    const reached = new Set<string>()
    for (let press = 0; press < 40; press++) {
      await page.keyboard.press('Tab')
      reached.add(
        await page.evaluate(() => {
          const { activeElement: element } = document
          return element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? ''
        }),
      )
    }
    const names = [
      'Cut the wire',
      'Kill the server',
      'Go offline',
      'Steps',
      'Output of the command, read only',
      'Speed',
    ]
    for (const name of [...names, 'Changed files', 'Place in the session', 'Pause', 'Live'])
      expect([...reached]).toContain(name)
    await page.getByRole('radio', { name: 'Server-Sent Events' }).focus()
    await page.keyboard.press('ArrowDown')
    await page.locator('.strand[data-state=active]', { hasText: 'Socket.IO' }).waitFor()
  })

  it('keeps still for those who want it so', async () => {
    const { page, staysPerfect } = await openPage(browser, host.url, { ...desktop, reducedMotion: 'reduce' })
    await staysPerfect()
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0)
  })
})
