import { describe, expect, it } from 'vitest'
import {
  createSubscriber,
  memoryCursors,
  type UnsequencedSink,
  type UnsequencedTransport,
  type WireError,
  wireError,
} from '../src/index.ts'
import { createFakeClock } from '../src/testing/index.ts'

function broadcast() {
  const wire = {
    sink: undefined as UnsequencedSink | undefined,
    end: (_: WireError): void => {},
    attached: Promise.resolve(),
    transport: {
      name: 'broadcast',
      capabilities: { positions: false, heads: false, append: false, renew: false },
      async connect() {
        const closed = new Promise<WireError>((resolve) => {
          wire.end = resolve
        })
        return {
          closed,
          async attach(_: string, to: UnsequencedSink) {
            wire.sink = to
            await wire.attached
            return {}
          },
          async close() {
            wire.end(wireError('retry', 'closed', 'closed'))
          },
        }
      },
    } satisfies UnsequencedTransport,
  }
  return wire
}

describe('a wire without positions, in trouble', () => {
  it('[D4d] announces a gap after a reconnect, also if the right was lost in between', async () => {
    const wire = broadcast()
    const clock = createFakeClock()
    const told: unknown[] = []
    const subscriber = createSubscriber({ transport: wire.transport, clock })
    subscriber.on('error', () => {})
    subscriber.subscribe('room:1', {
      event: ({ seq }) => void told.push(seq),
      gap: ({ reason }) => void told.push(reason),
      error() {},
    })
    await clock.settle()
    wire.sink?.events([{ type: 'x', data: 1 }])
    wire.end(wireError('config', 'forbidden', 'no more'))
    await clock.settle()
    expect(subscriber.state).toBe('failed')
    subscriber.retry()
    await clock.settle()
    wire.sink?.events([{ type: 'x', data: 2 }])
    expect(told).toEqual([1, 'unknown', 2])
  })

  it('[D5] keeps no cursor, since it could not be read again', async () => {
    const wire = broadcast()
    const clock = createFakeClock()
    const errors: string[] = []
    const subscriber = createSubscriber({ transport: wire.transport, clock, cursors: memoryCursors() })
    subscriber.subscribe('room:1', { name: 'x', event() {}, gap() {}, error: ({ code }) => void errors.push(code) })
    await clock.settle()
    wire.sink?.events([
      { type: 'x', data: 1 },
      { type: 'x', data: 2 },
    ])
    await clock.settle()
    expect(errors).toEqual([])
  })

  it('[D4] says what came in too many before the feed was confirmed', async () => {
    const wire = broadcast()
    let confirm = (): void => {}
    wire.attached = new Promise((resolve) => {
      confirm = resolve
    })
    const clock = createFakeClock()
    const told: unknown[] = []
    const subscriber = createSubscriber({ transport: wire.transport, clock })
    subscriber.subscribe('room:1', {
      buffer: 10_000,
      event: ({ seq }) => void told.push(seq),
      gap: ({ reason }) => void told.push(reason),
    })
    await clock.settle()
    for (let n = 0; n < 3; n += 1)
      wire.sink?.events(Array.from({ length: 600 }, (_, index) => ({ type: 'x', data: index })))
    confirm()
    await clock.settle()
    expect(told.length).toBe(601)
    expect(told.at(-1)).toBe('unknown')
  })
})
