import { describe, expect, it } from 'vitest'
import {
  createSubscriber,
  type UnsequencedEvent,
  type UnsequencedSink,
  type UnsequencedTransport,
  type WireError,
  wireError,
} from '../src/index.ts'
import { createFakeClock } from '../src/testing/index.ts'

/** A bare broadcast: no positions, no history. */
function broadcast() {
  let sink: UnsequencedSink | undefined
  let end = (_: WireError): void => {}
  const transport: UnsequencedTransport = {
    name: 'broadcast',
    capabilities: { positions: false, heads: false, append: false, renew: false },
    async connect() {
      const closed = new Promise<WireError>((resolve) => {
        end = resolve
      })
      return {
        closed,
        async attach(_, to) {
          sink = to
          return {}
        },
        async close() {
          end(wireError('retry', 'closed', 'closed'))
        },
      }
    },
  }
  return {
    transport,
    send: (...events: UnsequencedEvent[]) => sink?.events(events),
    cut: () => end(wireError('retry', 'connection_lost', 'cut')),
  }
}

describe('a wire without positions', () => {
  it('[D2b][D4d] drops repeats by id, keeps arrival order, and announces an unknown gap after a reconnect', async () => {
    const wire = broadcast()
    const clock = createFakeClock()
    const told: unknown[] = []
    const subscriber = createSubscriber({ transport: wire.transport, clock })
    const subscription = subscriber.subscribe('room:1', {
      event: ({ data }) => void told.push(data),
      gap: ({ reason }) => void told.push(reason),
      attached: ({ kind }) => void told.push(kind),
    })
    await clock.settle()
    wire.send({ id: 'a', type: 'x', data: 1 }, { id: 'a', type: 'x', data: 1 }, { type: 'x', data: 2 })
    wire.cut()
    await clock.advance(1100)
    wire.send({ id: 'a', type: 'x', data: 1 }, { id: 'b', type: 'x', data: 3 })
    expect(told).toEqual(['fresh', 1, 2, 'unknown', 'lost', 3])
    expect(subscription.cursor).toBeUndefined()
    await subscriber.close()
  })

  it('[D9a] ends with the final event, whatever comes after it', async () => {
    const wire = broadcast()
    const clock = createFakeClock()
    const told: unknown[] = []
    const subscriber = createSubscriber({ transport: wire.transport, clock })
    let release = (): void => {}
    const subscription = subscriber.subscribe('room:1', {
      event({ data }) {
        told.push(data)
        return new Promise<void>((resolve) => {
          release = resolve
        })
      },
      gap: ({ reason }) => void told.push(reason),
      status: (status) => void told.push(status),
    })
    await clock.settle()
    wire.send({ type: 'x', data: 1 }, { type: 'x', data: 2, final: true }, { type: 'x', data: 3 })
    wire.cut()
    await clock.advance(1100)
    wire.send({ type: 'x', data: 4 })
    release()
    await clock.settle()
    release()
    await clock.settle()
    expect(subscription.status).toBe('ended')
    expect(told.filter((entry) => typeof entry === 'number' || entry === 'ended')).toEqual([1, 2, 'ended'])
    expect(told).not.toContain('unknown')
    await subscriber.close()
  })

  it('[D4k] refuses gapless', () => {
    const { transport } = broadcast()
    const subscriber = createSubscriber({ transport })
    // @ts-expect-error known at compile time, and refused at the call for those who chose by configuration
    expect(() => subscriber.subscribe('room:1', { event() {}, gap() {}, require: 'gapless' })).toThrow(
      /cannot be gapless/,
    )
  })

  it('[D8] what a slow handler has no room for is a gap, not a heap', async () => {
    const wire = broadcast()
    const clock = createFakeClock()
    const told: unknown[] = []
    let release = (): void => {}
    const subscriber = createSubscriber({ transport: wire.transport, clock })
    subscriber.subscribe('room:1', {
      buffer: 2,
      event({ data }) {
        told.push(data)
        return new Promise<void>((resolve) => {
          release = resolve
        })
      },
      gap: ({ reason }) => void told.push(reason),
    })
    await clock.settle()
    for (let n = 1; n <= 10; n += 1) wire.send({ type: 'x', data: n })
    for (let n = 0; n < 5; n += 1) {
      release()
      await clock.settle()
    }
    expect(told).toEqual([1, 2, 3, 'unknown'])
  })
})
