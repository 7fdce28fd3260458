import { createHmac } from 'node:crypto'
import { createSubscriber } from '@steadywire/core'
import { jwtAuthoriser } from '@steadywire/server'
import { expect, it, onTestFinished, vi } from 'vitest'
import { socketio } from '../src/index.ts'
import { drafts, open, setup, sink } from './setup.ts'

const secret = 'a shared secret of thirty-two bytes or more'

function signed(sub: string, lastsSeconds: number, by = secret): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const exp = Math.floor(Date.now() / 1000) + lastsSeconds
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ sub, exp })}`
  return `${text}.${createHmac('sha256', by).update(text).digest('base64url')}`
}

/** Everybody has a topic of their own. */
const authorise = jwtAuthoriser({ secret, may: ({ sub }, _action, target) => target === `user:${sub}` })

it('[C5] a token in the handshake says who is there, and is renewed on the open connection without a lost event', async () => {
  const { url, log, gateway } = await setup({ authorise })
  const tokens: string[] = []
  const subscriber = createSubscriber({
    transport: socketio({ url, transports: ['websocket'] }),
    identity: {
      subject: 'alice',
      token() {
        const token = signed('alice', 2)
        tokens.push(token)
        return token
      },
    },
  })
  onTestFinished(() => subscriber.close())
  const seen: number[] = []
  subscriber.subscribe('user:alice', {
    from: 'start',
    event: ({ seq }) => void seen.push(seq),
    gap: () => seen.push(-1),
  })
  let appended = 0
  await vi.waitFor(
    async () => {
      await log.append('user:alice', drafts(1))
      appended++
      expect(tokens.length).toBeGreaterThan(3)
    },
    { timeout: 10_000, interval: 20 },
  )
  await vi.waitFor(() => expect(seen.length).toBe(appended))
  expect(seen).toEqual(Array.from({ length: appended }, (_, index) => index + 1))
  expect([subscriber.stats().connections, gateway.stats().sessions]).toEqual([1, 1])
})

it('[D10a] a token of somebody else, of another issuer, or of yesterday opens nothing', async () => {
  const { url } = await setup({ authorise })
  const { connection } = await open({ url }, signed('bob', 60))
  const attaching = connection.attach('user:alice', undefined, sink(), new AbortController().signal)
  await expect(attaching).rejects.toMatchObject({ kind: 'refused', code: 'forbidden' })
  for (const token of [signed('alice', 60, secret.toUpperCase()), signed('alice', -60), 'no token at all'])
    await expect(open({ url }, token)).rejects.toMatchObject({ kind: 'auth', token })
})
