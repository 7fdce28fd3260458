import { createSubscriber, type SubscriberOptions } from '@steadywire/core'
import { expect, it, onTestFinished, vi } from 'vitest'
import { type PlainSocketioOptions, plainSocketio, type Since } from '../src/index.ts'
import { serve } from './setup.ts'

/** An app that follows `room` of a server that emits `said`. */
async function follow(history: PlainSocketioOptions['history'], options: Partial<SubscriberOptions> = {}) {
  const { io, url, close } = await serve()
  const transport = plainSocketio({
    url,
    transports: ['websocket'],
    events: {
      said: (data: unknown, id?: string) => ({ topic: 'room', type: 'said', data, ...(id !== undefined && { id }) }),
      expelled: (topic: string) => ({ topic, lost: 'You are expelled' }),
    },
    ...(history && { history }),
  })
  const subscriber = createSubscriber({ transport, backoff: { delaysMs: [10] }, ...options })
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
  return { io, told, errors, reconnect, subscriber, subscription }
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

it.each([300, 50])(
  '[D4d] a history that hangs for longer than the core waits, %i ms, makes a gap all the same',
  async (callDeadlineMs) => {
    let asked = 0
    const never = () => {
      asked++
      return new Promise<never>(() => {})
    }
    const { io, told, reconnect } = await follow(never, { callDeadlineMs })
    for (const times of [1, 2]) {
      await reconnect()
      io.emit('said', `live ${times}`)
      await vi.waitFor(() => expect(told.at(-1)).toBe(`live ${times}`))
    }
    expect(told).toEqual(['unknown', 'live 1', 'unknown', 'live 2'])
    // It is given a shorter chance at each reconnect, which no attach fails for any more.
    expect(asked).toBe(3)
  },
)

it('[D5] a history that was cut off by the loss of the line is asked again on the next', async () => {
  let asked = 0
  const { io, told, reconnect } = await follow(() => {
    asked++
    if (asked > 1) return Promise.resolve([{ type: 'said', data: 'missed', id: 'a' }])
    io.disconnectSockets(true)
    return new Promise<never>(() => {})
  })
  await reconnect()
  await vi.waitFor(() => expect(told).toEqual(['missed']))
})

it('[D2a] what was told before the right to a topic was lost is not told again when it is back', async () => {
  const asked: Since[] = []
  const { io, told, reconnect, subscriber, subscription } = await follow(async (_, { since }) => {
    asked.push(since)
    return []
  })
  await reconnect()
  io.emit('said', 'live', 'id-1')
  await vi.waitFor(() => expect(told).toEqual(['live']))
  io.emit('expelled', 'room')
  await vi.waitFor(() => expect(subscription.status).toBe('refused'))
  subscriber.retry()
  await vi.waitFor(() => expect(subscription.status).toBe('live'))
  expect(asked.map(({ id }) => id)).toEqual([undefined, 'id-1'])
})

it('[D1] what one subscription was told is still missing for another one, whose attach failed', async () => {
  let asked = 0
  const { io, told, subscriber, reconnect } = await follow(
    async (_, { since }) => {
      asked++
      // Both ask in the same turn, and the second one gets no answer: that is the end of the line, since nothing is heard of it.
      if (asked === 2) return await new Promise<never>(() => {})
      return since.id === 'id-0' ? [{ type: 'said', data: 1, id: 'id-1' }] : []
    },
    { callDeadlineMs: 200 },
  )
  const other: unknown[] = []
  const second = subscriber.subscribe('room', {
    event: ({ data }) => void other.push(data),
    gap: ({ reason }) => void other.push(reason),
  })
  await second.ready
  io.emit('said', 0, 'id-0')
  await vi.waitFor(() => expect(other).toEqual([0]))
  await reconnect()
  await vi.waitFor(() => expect([asked, second.status]).toEqual([4, 'live']))
  io.emit('said', 2, 'id-2')
  await vi.waitFor(() => expect(other.at(-1)).toBe(2))
  const all = [0, 1, 2]
  expect([told, other]).toEqual([all, all])
})
