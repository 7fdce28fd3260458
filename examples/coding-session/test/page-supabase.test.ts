import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { breakEverything } from './page/break-everything.ts'
import { type Host, startHost } from './page/host.ts'
import { launch, openPage } from './page/session-page.ts'

let browser: Browser
let host: Host

beforeAll(async () => {
  ;[browser, host] = await Promise.all([launch(), startHost('--transport', 'supabase')])
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await host?.interrupt()
})

it.each(['Supabase row changes', 'Supabase broadcast'])(
  'loses and repeats nothing over %s',
  { timeout: 120_000 },
  async (wire) => {
    const session = await openPage(browser, host.url)
    // After a crash of Realtime the worker may take so long to be heard again.
    await breakEverything(session, wire, { emitsWhileDown: false, patience: 40_000 })
  },
)

it('ends by Ctrl-C also while its server is down, with the verdict, and leaves nothing behind', {
  timeout: 30_000,
}, async () => {
  const { page, button } = await openPage(browser, host.url)
  await button('Kill the server').click()
  await page.getByText('the server is down').waitFor()
  expect(await host.interrupt()).toEqual({ code: 130, left: [] })
  expect(host.printed).toMatch(/verdict: delivered (\d+)\/\1, repeated 0, out of order 0, gaps 0/)
})
