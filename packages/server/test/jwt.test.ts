import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { createFakeClock } from '@steadywire/core/testing'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { jwtAuthoriser } from '../src/index.ts'

const secret = 'a shared secret of thirty-two bytes or more'
const clock = createFakeClock()
const now = Math.floor(clock.wall() / 1000)

function signed(claims: JWTPayload, key: string | CryptoKey = secret, alg = 'HS256', kid?: string) {
  const signer = new SignJWT({ exp: now + 60, aud: 'live', iss: 'us', ...claims }).setProtectedHeader({
    alg,
    ...(kid !== undefined && { kid }),
  })
  return signer.sign(typeof key === 'string' ? new TextEncoder().encode(key) : key)
}

const attempt = async (call: () => unknown) => {
  try {
    return await call()
  } catch (thrown) {
    return thrown as Error & { kind?: string }
  }
}

const es256 = await generateKeyPair('ES256', { extractable: true })
const jwks = { keys: [{ ...(await exportJWK(es256.publicKey)), kid: 'k1', alg: 'ES256' }] }
let answer: { status: number; body: string } = { status: 200, body: JSON.stringify(jwks) }
const server = createServer((_request, response) => {
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body)
})
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())))
const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`

test('a token gives its subject, its end and the rights that its claim lists', async () => {
  const authorise = jwtAuthoriser({ secret, clock })
  const steadywire = { read: ['job:*', 'org:7'], append: ['job:1'] }
  const grant = await authorise({ token: await signed({ sub: 'ann', steadywire }) })
  expect(grant).toMatchObject({ subject: 'ann', expiresAt: (now + 60) * 1000 })
  const asked = [
    ['read', 'job:1'],
    ['read', 'org:7'],
    ['read', 'org:77'],
    ['append', 'job:1'],
    ['append', 'job:11'],
    ['command', 'job:1'],
  ] as const
  expect(asked.map(([action, target]) => grant.may(action, target))).toEqual([true, true, false, true, false, false])
})

test('rights and visibility can be a function of the claims', async () => {
  const authorise = jwtAuthoriser({
    secret,
    clock,
    may: (claims, action, target) => action === 'read' && target === `user:${claims.sub}`,
    visible: (claims, event) => event.actor === claims.sub,
  })
  const grant = await authorise({ token: await signed({ sub: 'ann' }) })
  expect([grant.may('read', 'user:ann'), grant.may('read', 'user:bob'), grant.may('append', 'user:ann')]).toEqual([
    true,
    false,
    false,
  ])
  const event = { id: 'a', topic: 't', seq: 1, epoch: 'e', type: 'x', time: 0, data: 1 }
  expect([grant.visible?.({ ...event, actor: 'ann' }), grant.visible?.(event)]).toEqual([true, false])
})

test.each<[string, () => Promise<string> | string | undefined]>([
  ['missing', () => undefined],
  ['no token at all', () => 'garbage'],
  ['expired', () => signed({ exp: now - 1 })],
  ['expired this very moment', () => signed({ exp: now })],
  ['from the future', () => signed({ nbf: now + 6 })],
  ['signed with another secret', () => signed({}, `${secret}!`)],
  ['of a subject that is not a text', () => signed({ sub: 7 as unknown as string })],
  ['for another audience', () => signed({ aud: 'billing' })],
  ['by another issuer', () => signed({ iss: 'them' })],
  ['of another algorithm', () => signed({}, secret.padEnd(64, '-'), 'HS512')],
  [
    'unsigned',
    () => `${btoa('{"alg":"none"}')}.${btoa(`{"aud":"live","iss":"us","exp":${now + 60}}`)}.`.replaceAll('=', ''),
  ],
])('[C3] a token that is %s is refused with kind auth', async (_what, make) => {
  const authorise = jwtAuthoriser({ secret, clock, audience: 'live', issuer: 'us' })
  const token = await make()
  const error = await attempt(() => authorise(token === undefined ? {} : { token }))
  expect(error).toMatchObject({ kind: 'auth', code: 'unauthenticated' })
  if (token) expect(inspect(error)).not.toContain(token)
})

test('published keys are fetched, and only asymmetric tokens are taken by them', async () => {
  const authorise = jwtAuthoriser({ jwks: url(), clock, audience: 'live' })
  const grant = await authorise({ token: await signed({ sub: 'ann', aud: 'live' }, es256.privateKey, 'ES256', 'k1') })
  expect(grant.subject).toBe('ann')
  const confused = await signed({ sub: 'ann', aud: 'live' }, JSON.stringify(jwks.keys[0]), 'HS256', 'k1')
  await expect(authorise({ token: confused })).rejects.toMatchObject({ kind: 'auth' })
  const other = await generateKeyPair('ES256')
  await expect(
    authorise({ token: await signed({ aud: 'live' }, other.privateKey, 'ES256', 'k1') }),
  ).rejects.toMatchObject({ kind: 'auth' })
})

test('an inline key set needs no server', async () => {
  const authorise = jwtAuthoriser({ jwks, clock, algorithms: ['ES256'] })
  expect((await authorise({ token: await signed({ sub: 'bob' }, es256.privateKey, 'ES256', 'k1') })).subject).toBe(
    'bob',
  )
})

test('while the keys cannot be had no token is blamed', async () => {
  answer = { status: 503, body: '' }
  const authorise = jwtAuthoriser({ jwks: new URL(url()), clock })
  const error = await Promise.resolve(authorise({ token: await signed({}, es256.privateKey, 'ES256', 'k1') })).catch(
    (thrown) => thrown,
  )
  expect(error).toBeInstanceOf(Error)
  expect(error).not.toHaveProperty('kind')
})

test('what can not be safe is refused where it is configured', () => {
  const refusal = expect.objectContaining({ code: 'invalid_option' })
  expect(() => jwtAuthoriser({ secret: 'short' })).toThrow(refusal)
  expect(() => jwtAuthoriser({ jwks: 'not a url' })).toThrow(refusal)
  expect(() => jwtAuthoriser({ jwks, algorithms: ['HS256'] })).toThrow(refusal)
})

test('keys that rotate are fetched when a token names a new one; in the time between no token is blamed', async () => {
  const next = await generateKeyPair('ES256', { extractable: true })
  const rotated = { keys: [{ ...(await exportJWK(next.publicKey)), kid: 'k2', alg: 'ES256' }] }
  answer = { status: 200, body: JSON.stringify(jwks) }
  const fetched = vi.fn()
  server.on('request', fetched)
  const authorise = jwtAuthoriser({ jwks: url(), clock })
  const [old, fresh] = [
    await signed({ sub: 'ann' }, es256.privateKey, 'ES256', 'k1'),
    await signed({ sub: 'ann' }, next.privateKey, 'ES256', 'k2'),
  ]
  await authorise({ token: old })
  answer = { status: 200, body: JSON.stringify(rotated) }
  const tooEarly = { kind: 'retry', code: 'unavailable', retryAfterMs: 5000 }
  await expect(authorise({ token: fresh })).rejects.toMatchObject(tooEarly)
  const later = Date.now() + 6000
  const wall = vi.spyOn(Date, 'now').mockImplementation(() => later)
  try {
    expect((await authorise({ token: fresh })).subject).toBe('ann')
    expect(fetched).toHaveBeenCalledTimes(2)
    wall.mockImplementation(() => later + 6000)
    await expect(authorise({ token: old })).rejects.toMatchObject({ kind: 'auth' })
  } finally {
    wall.mockRestore()
    server.off('request', fetched)
  }
})

test('[C3] no key set takes a token that is unsigned, or signed with what is public', async () => {
  const oct = { kty: 'oct', k: btoa(secret).replaceAll('=', ''), kid: 'shared', alg: 'HS256' }
  const authorise = jwtAuthoriser({ jwks: { keys: [...jwks.keys, oct] }, clock })
  const bodies = btoa(`{"sub":"ann","exp":${now + 60}}`).replaceAll('=', '')
  const tokens = [
    ...['none', 'None', 'NONE', ''].map((alg) => `${btoa(JSON.stringify({ alg })).replaceAll('=', '')}.${bodies}.`),
    await signed({ sub: 'ann' }, secret, 'HS256', 'shared'),
    await signed({ sub: 'ann' }, JSON.stringify(jwks), 'HS256', 'k1'),
    await signed({ sub: 'ann' }, JSON.stringify(jwks.keys[0]), 'HS256', 'k1'),
  ]
  for (const token of tokens) await expect(authorise({ token })).rejects.toMatchObject({ kind: 'auth' })
})

test('a token without an end is good for as long as its connection lasts', async () => {
  const authorise = jwtAuthoriser({ secret, clock })
  const grant = await authorise({ token: await signed({ sub: 'ann', exp: undefined as unknown as number }) })
  expect(grant).not.toHaveProperty('expiresAt')
})

test('clocks may differ in when a token begins, never in when it ends', async () => {
  const authorise = jwtAuthoriser({ secret, clock, clockToleranceMs: 2000 })
  await authorise({ token: await signed({ nbf: now + 2 }) })
  await expect(authorise({ token: await signed({ nbf: now + 3 }) })).rejects.toMatchObject({ kind: 'auth' })
  await expect(authorise({ token: await signed({ exp: now - 1 }) })).rejects.toMatchObject({ kind: 'auth' })
  expect((await authorise({ token: await signed({ exp: now + 1 }) })).expiresAt).toBe((now + 1) * 1000)
  expect(() => jwtAuthoriser({ secret, clockToleranceMs: Number.NaN })).toThrow(
    expect.objectContaining({ code: 'invalid_option' }),
  )
})
