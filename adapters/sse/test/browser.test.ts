import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { bundle, launch, openTab, type Site, site, until } from './browser.ts'
import { drafts } from './setup.ts'

let browser: Browser
let script: string

beforeAll(async () => {
  ;[browser, script] = await Promise.all([launch(), bundle()])
}, 30_000)
afterAll(() => browser?.close())

async function newContext(): Promise<BrowserContext> {
  const context = await browser.newContext()
  onTestFinished(() => context.close())
  return context
}

/** Appends while the line is cut in between, several times. */
async function appendWhileCutting({ log, proxy }: Site, count: number): Promise<void> {
  for (let index = 0; index < count; index += 50) {
    await log.append('job:1', drafts(50))
    if (index % 400 === 200) proxy.reset()
    await new Promise(setImmediate)
  }
}

const connected = ({ gateway }: Site, sessions: number) => until(() => expect(gateway.stats().sessions).toBe(sessions))

test('a plain EventSource reconnects by itself, and shows every event once and in order', async () => {
  const served = await site(script)
  const { log, proxy, origin, requests } = served
  await log.append('job:1', drafts(600))
  const { page, shows, complaints } = await openTab(await newContext(), `${origin}/plain`)
  await shows(1, 600)
  proxy.reset()
  await log.append('job:1', drafts(400))
  await shows(1, 1000)
  proxy.cut()
  await log.append('job:1', drafts(1))
  await shows(1, 1001)
  expect(requests.map(({ lastEventId }) => lastEventId?.split('~')[0])).toEqual([undefined, '600', '1000'])
  expect(await page.evaluate('[app.opened, app.broken, app.gaps.length]')).toEqual([3, 2, 0])
  expect(complaints).toEqual([])
})

describe('our client in Chromium', () => {
  test('[D1] [D2] [D3] shows 1,000 events once and in order over cuts', async () => {
    const served = await site(script)
    const tab = await openTab(await newContext(), served.origin)
    await connected(served, 1)
    await appendWhileCutting(served, 1000)
    await tab.shows(1, 1000)
    expect(await tab.ask(({ errors }) => errors)).toEqual([])
    expect(tab.complaints).toEqual([])
    expect(served.requests.filter(({ path }) => path === '/events/stream').length).toBeGreaterThan(1)
  })

  test('[C6] lets go while offline, and catches up when it is online again', async () => {
    const served = await site(script)
    const context = await newContext()
    const tab = await openTab(context, served.origin)
    await served.log.append('job:1', drafts(10))
    await tab.shows(1, 10)
    await context.setOffline(true)
    await connected(served, 0)
    expect(await tab.ask(({ state }) => state)).toBe('suspended')
    await served.log.append('job:1', drafts(10))
    await context.setOffline(false)
    await tab.shows(1, 20)
    expect(tab.complaints).toEqual([])
  })

  test('[C6] lets go while the browser keeps the page frozen behind another one, and catches up afterwards', async () => {
    const served = await site(script)
    const { page, shows, complaints } = await openTab(await newContext(), served.origin)
    await served.log.append('job:1', drafts(10))
    await shows(1, 10)
    await page.evaluate("document.addEventListener('freeze', () => { app.frozen = true })")
    await page.goto(`${served.origin}/blank`)
    await connected(served, 0)
    await served.log.append('job:1', drafts(10))
    await page.goBack({ waitUntil: 'commit' })
    await shows(1, 20)
    expect(await page.evaluate('app.frozen')).toBe(true)
    expect(complaints).toEqual([])
  })

  test('[D5] goes on after a reload exactly where it was, and each tab has a cursor of its own', async () => {
    const served = await site(script)
    const { log, origin } = served
    const context = await newContext()
    const address = `${origin}/?name=viewer`
    await log.append('job:1', drafts(10))
    const first = await openTab(context, address)
    await first.shows(1, 10)
    const second = await openTab(context, address)
    await second.shows(1, 10)
    await second.page.goto('about:blank')
    await log.append('job:1', drafts(10))
    await first.shows(1, 20)
    await first.page.reload()
    await log.append('job:1', drafts(5))
    await first.shows(21, 25)
    await second.page.goto(address)
    await second.shows(11, 25)
    expect([...first.complaints, ...second.complaints]).toEqual([])
  })

  test('[D10] shows nothing of the old identity once it was changed', async () => {
    const served = await site(script)
    const topic = 'private:1'
    const tab = await openTab(await newContext(), `${served.origin}/?topic=${topic}&subject=alice&name=viewer`)
    await served.log.append(topic, drafts(100))
    await tab.shows(1, 100)
    let flooding = true
    const flood = (async () => {
      while (flooding) {
        await served.log.append(topic, drafts(10))
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    })()
    const shown = await tab.ask((app) => app.changeIdentity('bob'))
    await until(async () => expect(await tab.ask(({ status }) => status)).toBe('refused'))
    flooding = false
    await flood
    expect(await tab.ask(({ seen }) => seen.length)).toBe(shown)
    expect(await tab.ask(({ errors }) => errors)).toEqual(['forbidden'])
    expect(await tab.page.evaluate('sessionStorage.length')).toBe(0)
    expect(tab.complaints).toEqual([])
  })

  test('is let in from the origins that cors names, with a token, and from no other', async () => {
    const home = await site(script)
    const foreign = await site(script)
    const api = await site(script, { cors: { origins: [home.origin] } })
    await api.log.append('private:1', drafts(10))
    const query = `/?topic=private:1&subject=alice&url=${encodeURIComponent(`${api.origin}/events`)}`
    const context = await newContext()
    const tab = await openTab(context, home.origin + query)
    await tab.shows(1, 10)
    await api.log.append('private:1', drafts(10))
    await tab.shows(1, 20)
    expect(tab.complaints).toEqual([])
    const refused = await openTab(context, foreign.origin + query)
    await until(() => expect(refused.complaints[0]).toMatch(/CORS/))
    expect(await refused.ask(({ seen, state }) => [seen.length, state === 'online'])).toEqual([0, false])
  })

  test('[C7] leaves no request and no stream behind when it is closed', async () => {
    const served = await site(script)
    await served.log.append('job:1', drafts(10))
    const tab = await openTab(await newContext(), served.origin)
    await tab.shows(1, 10)
    await tab.ask((app) => app.close())
    await connected(served, 0)
    await until(() => expect(served.busy).toBe(0))
    const asked = served.requests.length
    await served.log.append('job:1', drafts(1))
    served.proxy.cut()
    await tab.shows(1, 10)
    expect([served.requests.length, served.busy]).toEqual([asked, 0])
    expect(tab.complaints).toEqual([])
  })
})
