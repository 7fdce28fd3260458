import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { breakEverything } from './page/break-everything.ts'
import { type Host, startHost } from './page/host.ts'
import { desktop, launch, openPage } from './page/session-page.ts'

let browser: Browser
let host: Host

beforeAll(async () => {
  ;[browser, host] = await Promise.all([launch(), startHost('--transport', 'sse')])
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await host?.interrupt()
})

// One test that fails leaves no dead server to the next.
afterEach(
  async () =>
    void (await post('/api/server', { origin: new URL(host.url).origin }, '{"running":true}').catch(() => {})),
)

function post(path: string, headers: Record<string, string>, body = '{}'): Promise<number> {
  return fetch(new URL(path, host.url), { method: 'POST', headers, body }).then(({ status }) => status)
}

const wires = ['Server-Sent Events', 'Socket.IO'] as const

describe('what can be broken', { timeout: 60_000 }, () => {
  it.each(wires)('loses and repeats nothing over %s', async (wire) => {
    await breakEverything(await openPage(browser, host.url), wire, { emitsWhileDown: true })
  })

  it('hands over from wire to wire in mid-stream', async () => {
    const { choose, uses, staysPerfect, complaints } = await openPage(browser, host.url)
    for (const wire of [...wires, ...wires]) {
      await choose(wire)
      await uses(wire)
      await staysPerfect(5)
    }
    expect(complaints).toEqual([])
  })

  it('stays whole when the browser itself loses its network', async () => {
    const { page, staysPerfect } = await openPage(browser, host.url)
    await staysPerfect()
    await page.context().setOffline(true)
    await page.getByText('The host of this page does not answer').waitFor()
    await page.getByText('Not known: the host is gone.').waitFor()
    expect(await page.getByRole('button', { name: 'Cut the wire' }).isDisabled()).toBe(true)
    await page.context().setOffline(false)
    await staysPerfect()
  })

  it('is followed by two tabs, each by its own wire', async () => {
    const [one, other] = await Promise.all([openPage(browser, host.url), openPage(browser, host.url)])
    await Promise.all([one.choose(wires[0]), other.choose(wires[1])])
    await Promise.all([one.uses(wires[0]), other.uses(wires[1])])
    await one.button('Cut the wire').click()
    await Promise.all([one.staysPerfect(), other.staysPerfect()])
  })
})

describe('a page that was left', { timeout: 60_000 }, () => {
  it('goes on where it was: what it showed is there before any wire is', async () => {
    const { page, button, counts, staysPerfect } = await openPage(browser, host.url)
    await staysPerfect()
    await button('Kill the server').click()
    await page.locator('.steadywire-status:not([data-state=live])').waitFor()
    const before = await counts()
    // What it shows is written down, with its cursor, which begins with the seq.
    await page.waitForFunction(
      (seq) =>
        Object.entries(sessionStorage).some(
          ([key, text]) => key.includes('/session/') && Number.parseInt(JSON.parse(text).cursor, 10) >= seq,
        ),
      before.delivered,
    )
    await page.reload()
    await page.locator('.files .file', { hasText: 'sequencer.js' }).waitFor()
    await page.locator('.xterm-rows', { hasText: 'delivers each event once' }).waitFor()
    expect((await counts()).delivered).toBeGreaterThanOrEqual(before.delivered)
    await button('Start the server').click()
    await staysPerfect()
  })

  it('shows the past, slowly, and comes back to the present', async () => {
    const { page, button, staysPerfect } = await openPage(browser, host.url)
    await staysPerfect()
    const slider = page.getByRole('slider')
    const live = button('Live')
    await button('From the beginning').click()
    await slider.focus()
    await page.getByText('Waiting for the first event').waitFor()
    expect(await live.getAttribute('aria-pressed')).toBe('false')
    expect(await page.locator('.files .file').count()).toBe(0)
    await page.keyboard.press('ArrowRight')
    await page.locator('.phase', { hasText: 'Starting' }).waitFor()

    await page.getByRole('combobox', { name: 'Speed' }).selectOption('8')
    await button('Play').click()
    await page.locator('.xterm-rows', { hasText: 'delivers each event once' }).waitFor()
    await button('Pause').click()
    const place = await slider.inputValue()
    await staysPerfect()
    expect(await slider.inputValue()).toBe(place)

    // Where it was, at the speed that was chosen.
    await page.reload()
    await page.getByText(/^You see/).waitFor()
    await staysPerfect()
    expect(await slider.inputValue()).toBe(place)
    expect(await page.getByRole('combobox', { name: 'Speed' }).inputValue()).toBe('8')

    await live.click()
    await page.locator('.player[data-live=true]').waitFor()
    await page.getByRole('combobox', { name: 'Speed' }).selectOption('0.25')
    await page.locator('.player[data-live=false]').waitFor()
    const began = Number(await slider.inputValue())
    await vi.waitFor(async () => expect(Number(await slider.inputValue())).toBeGreaterThan(began + 5), 10_000)
    await button('Back to live').click()
    await staysPerfect(5)
  })
})

describe('a page without a storage', { timeout: 60_000 }, () => {
  it('works all the same, for as long as it lives', async () => {
    const { page, choose, uses, staysPerfect, complaints } = await openPage(browser, host.url, desktop, () => {
      for (const name of ['localStorage', 'sessionStorage'])
        Object.defineProperty(window, name, {
          get() {
            throw new DOMException('denied', 'SecurityError')
          },
        })
    })
    await choose(wires[1])
    await uses(wires[1])
    await page.getByRole('button', { name: /Change to light/ }).click()
    await staysPerfect()
    expect(complaints).toEqual([])
  })
})

/** In the page: notes each verdict as it comes, with the number that was delivered then. */
function noteVerdicts(): void {
  const verdicts = new Set<string>()
  const note = () => {
    const state = document.querySelector<HTMLElement>('.verdict')?.dataset.state
    const delivered = document.querySelector('[data-count=delivered] .value')?.textContent?.replaceAll(',', '')
    if (state) verdicts.add(`${state} at ${delivered}`)
    Object.assign(window, { verdicts: [...verdicts] })
  }
  new MutationObserver(note).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
  })
}

describe('its host', { timeout: 60_000 }, () => {
  it('takes orders from its own page alone, and parses them', async () => {
    const { origin, port } = new URL(host.url)
    expect(await post('/api/cut', {})).toBe(403)
    expect(await post('/api/cut', { origin: 'https://example.com' })).toBe(403)
    expect(await post('/api/cut', { origin: `http://127.0.0.1:${Number(port) + 1}` })).toBe(403)
    expect(await post('/api/cut', { origin }, '{"all":true}')).toBe(400)
    expect(await post('/api/server', { origin }, '{"running":"no"}')).toBe(400)
    expect(await post('/api/run', { origin }, '{"events":1e9}')).toBe(400)
    expect(await post('/api/run', { origin }, '{')).toBe(400)
    expect(await post('/api/run', { origin }, ' '.repeat(5000))).toBe(413)
    expect(await post('/api/cut', { origin })).toBe(204)
    expect((await fetch(new URL('/api/cut', host.url))).status).toBe(404)
    expect((await fetch(new URL('/api/status?after=-1', host.url))).status).toBe(400)
    expect((await fetch(new URL('/../package.json', host.url))).status).toBe(404)
  })

  it('tells whether its server is up also after orders that overlap', async () => {
    const { origin } = new URL(host.url)
    const order = (running: boolean) => post('/api/server', { origin }, JSON.stringify({ running }))
    const up = async () => (await (await fetch(new URL('/api/status', host.url))).json()).serverUp
    await Promise.all([order(false), order(true), order(false)])
    expect(await up()).toBe(false)
    await Promise.all([order(true), order(false), order(true)])
    expect(await up()).toBe(true)
  })

  it('runs the session again when it has ended, and ends by Ctrl-C', async () => {
    const { page, button, counts, complaints } = await openPage(browser, host.url)
    host.finishCommand()
    await page.getByText('All of it arrived, once and in order.').waitFor({ timeout: 30_000 })
    await page.locator('.phase', { hasText: 'Finished' }).waitFor()
    expect(await counts()).toMatchObject({ repeated: 0, lost: 0 })
    await page.getByRole('combobox', { name: 'Numbered events besides' }).selectOption('20000')
    await button('Run again').click()
    await page.getByRole('option', { name: 'Session 2', selected: true }).waitFor({ state: 'attached' })
    await page.getByText('All of it arrived, once and in order.').waitFor({ timeout: 30_000 })
    const again = await counts()
    expect(again).toMatchObject({ delivered: again.emitted, repeated: 0, lost: 0 })
    expect(again.emitted).toBeGreaterThan(20_000)

    // What the host tells in several answers is judged when the last of them is there.
    await page.addInitScript(noteVerdicts)
    await page.reload()
    await page.getByText('All of it arrived, once and in order.').waitFor()
    const verdicts = await page.evaluate<string[]>('verdicts')
    expect(verdicts.filter((verdict) => verdict.startsWith('clean'))).toEqual([`clean at ${again.emitted}`])
    await page.getByRole('combobox', { name: 'Session' }).selectOption('Session 1')
    await page.getByText('All of it arrived, once and in order.').waitFor()
    await page.reload()
    await page.getByRole('option', { name: 'Session 1', selected: true }).waitFor({ state: 'attached' })
    await button('End').waitFor()
    await button('Play').click()
    await page.getByText(/before the end/).waitFor()
    expect(complaints).toEqual([])
    expect(host.printed.match(/verdict: delivered (\d+)\/\1, repeated 0, out of order 0, gaps 0/g)).toHaveLength(2)
    expect(await host.interrupt()).toEqual({ code: 0, left: [] })
  })
})
