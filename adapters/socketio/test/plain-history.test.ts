import { createSubscriber } from '@steadywire/core'
import { expect, it, onTestFinished, vi } from 'vitest'
import { type PlainSocketioOptions, plainSocketio, type Since } from '../src/index.ts'
import { serve } from './setup.ts'

/** An app that follows `room` of a server that emits `said`. */
async function follow(history: PlainSocketioOptions['history']) {
  const { io, url, close } = await serve()
  const transport = plainSocketio({
    url,
    transports: ['websocket'],
    events: { said: (data: unknown) => ({ topic: 'room', type: 'said', data }) },
    ...(history && { history }),
  })
  const subscriber = createSubscriber({ transport, backoff: { delaysMs: [10] } })
  onTestFinished(async () => {
    await subscriber.close()
    await close()
  })
  const told: unknown[] = []
  const errors: string[] = []
  subscriber.on('error', ({ message }) => errors.push(message))
  const subscription = subscriber.subscribe('room', {
    event: ({ data }) => void told.push(data),
    gap: ({ reason }) => void told.push(reason),
  })
  await subscription.ready
  const reconnect = async (): Promise<void> => {
    const { connections } = subscriber.stats()
    io.disconnectSockets(true)
    await vi.waitFor(() => expect(subscriber.stats().connections).toBeGreaterThan(connections))
    await vi.waitFor(() => expect(subscription.status).toBe('live'), 9000)
  }
  return { io, told, errors, reconnect }
}

const answers: readonly [string, () => unknown][] = [
  ['no list', () => 42],
  ['nothing', () => undefined],
  ['a text', () => 'abc'],
  ['no events', () => [null, 5]],
  ['events without a type', () => [{ id: 'a', data: 1 }]],
  ['ids that are numbers', () => [{ id: 7, type: 'said', data: 1 }]],
  [
    'an error',
    () => {
      throw new Error('boom')
    },
  ],
  // Longer than the core's deadline: what comes live would be waited for in vain, at each reconnect.
  ['never', () => new Promise(() => {})],
]

it.each(answers)(
  '[D4d] a history that answers %s makes a gap, an error, and no more',
  { timeout: 20_000 },
  async (_, answer) => {
    const { io, told, errors, reconnect } = await follow(answer as never)
    await reconnect()
    io.emit('said', 'live')
    await vi.waitFor(() => expect(told).toEqual(['unknown', 'live']))
    expect(errors).toEqual([expect.stringMatching(/^The history of room could not be read/)])
  },
)

it('[D2b] a history is asked for what came after its last event, if nothing else came since', async () => {
  const asked: Since[] = []
  const { told, reconnect } = await follow(async (_, { since }) => {
    asked.push(since)
    return [{ type: 'said', data: asked.length, id: `id-${asked.length}`, time: asked.length }]
  })
  await reconnect()
  await reconnect()
  await vi.waitFor(() => expect(told).toEqual([1, 2]))
  expect(asked[1]).toEqual({ id: 'id-1', time: 1 })
})
