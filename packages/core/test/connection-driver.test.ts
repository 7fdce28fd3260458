import { describe, expect, it } from 'vitest'
import {
  type ConnectContext,
  type Connection,
  createSubscriber,
  type Transport,
  type WireError,
  wireError,
} from '../src/index.ts'
import { createFakeClock } from '../src/testing/index.ts'

/** A transport whose connects are answered by hand. */
function manual() {
  const calls: {
    readonly context: ConnectContext
    open(): { readonly closed: () => boolean; end(error: WireError): void }
    fail(error: WireError): void
  }[] = []
  const transport: Transport = {
    name: 'manual',
    capabilities: { positions: true, heads: true, append: false, renew: false },
    connect: (context) =>
      new Promise((resolve, reject) => {
        calls.push({
          context,
          fail: reject,
          open() {
            let closed = false
            let end = (_: WireError): void => {}
            const ended = new Promise<WireError>((settle) => {
              end = settle
            })
            const connection: Connection = {
              closed: ended,
              attach: () => new Promise(() => {}),
              read: () => new Promise(() => {}),
              async close() {
                closed = true
                end(wireError('retry', 'closed', 'closed'))
              },
            }
            resolve(connection)
            return { closed: () => closed, end }
          },
        })
      }),
  }
  const clock = createFakeClock()
  const subscriber = createSubscriber({ transport, clock, random: () => 0.5, backoff: { jitter: false } })
  subscriber.on('error', () => {})
  subscriber.subscribe('t:1', { event() {}, gap() {} })
  return { calls, clock, subscriber }
}

describe('the connection driver', () => {
  it('[C8] machine/connect-resolves-after-abort: closes a connection that opened too late', async () => {
    const { calls, clock, subscriber } = manual()
    await clock.advance(10_001)
    expect(subscriber.state).toBe('waiting')
    expect(calls[0]?.context.signal.aborted).toBe(true)
    const late = calls[0]?.open()
    await clock.settle()
    expect(late?.closed()).toBe(true)
    expect(subscriber.state).toBe('waiting')
  })

  it('[C2] gives connecting a deadline and tries again after the delay', async () => {
    const { calls, clock, subscriber } = manual()
    await clock.advance(11_001)
    expect(calls).toHaveLength(2)
    calls[1]?.open()
    await clock.settle()
    expect(subscriber.state).toBe('online')
  })

  it('[C8] ignores the end of a connection that was already given up', async () => {
    const { calls, clock, subscriber } = manual()
    const first = calls[0]?.open()
    await clock.settle()
    first?.end(wireError('retry', 'connection_lost', 'cut'))
    await clock.advance(1001)
    calls[1]?.open()
    await clock.settle()
    first?.end(wireError('refused', 'forbidden', 'late'))
    await clock.settle()
    expect(subscriber.state).toBe('online')
  })

  it('[C4] takes a call that reaches its deadline in silence for a dead line', async () => {
    const { calls, clock, subscriber } = manual()
    calls[0]?.open()
    await clock.advance(10_001)
    expect(subscriber.state).toBe('waiting')
    expect(subscriber.connection.error?.code).toBe('deadline')
  })

  it('[C7] does not wait for a close that hangs, and leaves no timer behind', async () => {
    const { calls, clock, subscriber } = manual()
    calls[0]?.open()
    await clock.settle()
    await subscriber.close()
    expect(subscriber.state).toBe('closed')
    expect(clock.pending).toBe(0)
  })

  it('[C3] reports a refusal once and stays failed', async () => {
    const { calls, clock, subscriber } = manual()
    const codes: string[] = []
    subscriber.on('error', ({ code }) => codes.push(code))
    calls[0]?.fail(wireError('refused', 'forbidden', 'not you'))
    await clock.advance(100_000)
    expect(subscriber.state).toBe('failed')
    expect(codes).toEqual(['forbidden'])
    expect(calls).toHaveLength(1)
  })
})
