import { expect } from 'vitest'
import type { SessionPage } from './session-page.ts'

export interface Circumstances {
  /** Whether the session goes on while its server is down. */
  readonly emitsWhileDown: boolean
  /** How long it may take until it is heard again after that, ms. */
  readonly patience?: number
}

/** Breaks all that the page can break, one after the other: nothing is lost or repeated over this wire. */
export async function breakEverything(
  { page, button, choose, uses, staysPerfect, complaints }: SessionPage,
  wire: string,
  { emitsWhileDown, patience }: Circumstances,
): Promise<void> {
  const offline = page.locator('.steadywire-status', { hasText: 'You are offline' })
  const isUnderWay = page.locator('.verdict[data-state=under-way]')
  await choose(wire)
  await uses(wire)
  await staysPerfect()

  await button('Cut the wire').click()
  await staysPerfect()

  await button('Kill the server').click()
  await page.getByText('the server is down').waitFor()
  await page.locator('.steadywire-status:not([data-state=live])').waitFor()
  if (emitsWhileDown) await isUnderWay.waitFor()
  await button('Start the server').click()
  await staysPerfect(10, patience)

  await button('Go offline').click()
  await offline.waitFor()
  await isUnderWay.waitFor()
  await page.reload()
  await offline.waitFor()
  await button('Come back online').click()
  await staysPerfect()

  await uses(wire)
  expect(complaints).toEqual([])
}
