import { expect, test } from 'vitest'
import { setup } from './setup.ts'

test('[C2] closing refuses newcomers and asks every client to come back, each at another moment', async () => {
  let next = 0
  const { open, gateway, clock } = setup({ random: () => next++ / 10 })
  const clients = await Promise.all([open(), open(), open()])
  const closed = gateway.close({ graceMs: 1000, spreadMs: 1000 })
  expect(clients.map(({ peer }) => peer.take())).toEqual(Array(3).fill(['close going_away']))
  expect(clients.map(({ peer }) => peer.errors[0]?.retryAfterMs)).toEqual([0, 100, 200])
  await expect(open()).rejects.toMatchObject({ kind: 'retry', code: 'going_away', retryAfterMs: expect.any(Number) })
  await expect(gateway.once({})).rejects.toMatchObject({ code: 'going_away' })
  for (const { session } of clients) session.close()
  await closed
  expect(clock.pending).toBe(0)
})

test('[C7] clients that do not go are cut off after the grace, and nothing is left behind', async () => {
  const { open, gateway, clock, tails, fill } = setup()
  const { session, peer } = await open()
  await session.attach('t', undefined)
  const closed = gateway.close({ graceMs: 1000 })
  await fill('t', 'a')
  expect(peer.take()).toEqual(['close going_away', 't:a'])
  await clock.advance(1000)
  await closed
  await fill('t', 'b')
  expect([peer.take(), tails.size, clock.pending]).toEqual([[], 0, 0])
  await expect(session.read('t', { limit: 1 })).rejects.toMatchObject({ code: 'going_away' })
})

test('a client that is being let in while the gateway closes is refused', async () => {
  const { open, gateway } = setup({
    authorise: async () => {
      void gateway.close()
      return { may: () => true }
    },
  })
  await expect(open()).rejects.toMatchObject({ code: 'going_away' })
})
