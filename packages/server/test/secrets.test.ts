import { inspect } from 'node:util'
import { wireError } from '@steadywire/core'
import { SignJWT } from 'jose'
import { expect, test, vi } from 'vitest'
import { type Authoriser, type GatewayRecord, jwtAuthoriser } from '../src/index.ts'
import { setup } from './setup.ts'

const secret = 'a shared secret of thirty-two bytes or more'
const sign = (claims: object, key = secret) =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(key))
const opaque = 'tok "en" with&signs'

function chatty(token: string): Error {
  const error = new Error(
    `GET /introspect?token=${encodeURIComponent(token).replaceAll('%20', '+')} said no to ${token}`,
  )
  error.cause = Object.assign(new TypeError(`body {"token":${JSON.stringify(token)}}`), { cause: error })
  return Object.assign(error, { request: { headers: { authorization: `Bearer ${token}` } } })
}

const throwing: Authoriser = ({ token = '' }) => Promise.reject(chatty(token))
const refusing: Authoriser = ({ token = '' }) => {
  throw wireError('auth', 'unauthenticated', `No ${token}`, { hint: `Not ${token}`, cause: chatty(token) })
}
const doubting: Authoriser = ({ token = '' }) => ({ may: () => Promise.reject(chatty(token)) })

test.each<[string, Authoriser, () => string | Promise<string>]>([
  ['a wrong one', jwtAuthoriser({ secret }), () => sign({ sub: 'ann' }, `${secret}!`)],
  ['an expired one', jwtAuthoriser({ secret }), () => sign({ sub: 'ann', exp: 1 })],
  ['one for somebody else', jwtAuthoriser({ secret, audience: 'live' }), () => sign({ sub: 'ann', aud: 'mail' })],
  ['garbage', jwtAuthoriser({ secret }), () => 'gar.ba.ge-token'],
  ['one at which the authoriser fails', throwing, () => opaque],
  ['one that the authoriser refuses by its name', refusing, () => opaque],
  ['one the rights of which cannot be checked', doubting, () => opaque],
])('no token is thrown, observed or logged: %s', async (_what, authorise, make) => {
  const token = await make()
  const logged: unknown[] = []
  const log = vi.spyOn(console, 'error').mockImplementation((...args) => void logged.push(...args))
  const thrown: unknown[] = []
  const records: GatewayRecord[] = []
  for (const observe of [undefined, (record: GatewayRecord) => records.push(record)]) {
    const { open } = setup({ authorise, observe: observe as (record: GatewayRecord) => void })
    const opened = await open(token).catch((error) => void thrown.push(error))
    await opened?.session.attach('t', undefined).catch((error) => thrown.push(error))
    await opened?.session.renew(`${token}`).catch((error) => thrown.push(error))
  }
  log.mockRestore()
  expect(thrown.length).toBeGreaterThan(0)
  expect(records.length).toBeGreaterThan(0)
  const everything = [thrown, records, logged]
  const text = JSON.stringify(everything) + inspect(everything, { depth: 20, showHidden: true })
  for (const form of [token, encodeURIComponent(token), JSON.stringify(token).slice(1, -1), token.split('.')[2]])
    if (form) expect(text).not.toContain(form)
})
