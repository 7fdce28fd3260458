import { createTcpProxy, type TcpProxy } from '@steadywire/conformance/faults'
import { createSubscriber } from '@steadywire/core'
import type { Server } from 'socket.io'
import { expect, it, onTestFinished, vi } from 'vitest'
import { socketio } from '../src/index.ts'
import { drafts, setup } from './setup.ts'

/** What the server holds for its clients, in bytes of text. */
function held(io: Server): number {
  let bytes = 0
  for (const { conn } of io.of('/steadywire').sockets.values())
    for (const { data } of Object(conn).writeBuffer) bytes += String(data).length
  return bytes
}

/** A subscriber behind a proxy, on a server that keeps at most 50 kB for it. */
async function follow(transport: string, heartbeatMs: number) {
  const served = await setup({ heartbeatMs, limits: { maxBufferedBytes: 50_000 } })
  const proxy: TcpProxy = await createTcpProxy()
  proxy.target(served.port)
  onTestFinished(() => proxy.close())
  const subscriber = createSubscriber({
    transport: socketio({ url: `http://127.0.0.1:${proxy.port}`, transports: [transport] }),
    backoff: { delaysMs: [50], maxAttempts: 1000 },
  })
  onTestFinished(() => subscriber.close())
  const seen: number[] = []
  const gaps: unknown[] = []
  const subscription = subscriber.subscribe('job:1', {
    from: 'start',
    event: ({ seq }) => void seen.push(seq),
    gap: (gap) => void gaps.push(gap),
  })
  await subscription.ready
  return { ...served, proxy, subscriber, seen, gaps }
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

it.each(['polling', 'websocket'])(
  '[D8a] a client that is slow over %s is read to from the log: it loses nothing, and little waits for it',
  async (transport) => {
    const { io, log, gateway, proxy, subscriber, seen, gaps } = await follow(transport, 5000)
    proxy.throttle(500_000)
    let most = 0
    for (let round = 0; round < 200; round++) {
      await log.append('job:1', drafts(1, 'x'.repeat(8000)))
      most = Math.max(most, held(io))
      await new Promise(setImmediate)
    }
    await vi.waitFor(
      () => {
        most = Math.max(most, held(io))
        expect(seen.length).toBe(200)
      },
      { timeout: 15_000, interval: 5 },
    )
    expect([seen, gaps, subscriber.stats().connections]).toEqual([upTo(200), [], 1])
    expect(gateway.stats().fallbacks).toBeGreaterThan(0)
    // Of 1.6 MB.
    expect(most).toBeLessThan(200_000)
  },
)

it.each(['polling', 'websocket'])(
  '[D8a] a client that takes nothing over %s is put out, and loses nothing when it is back',
  async (transport) => {
    const { io, log, gateway, proxy, seen, gaps } = await follow(transport, 100)
    proxy.stall()
    let most = 0
    for (let round = 0; round < 200; round++) {
      await log.append('job:1', drafts(1, 'x'.repeat(8000)))
      most = Math.max(most, held(io))
      await new Promise(setImmediate)
    }
    await vi.waitFor(() => expect(gateway.stats().sessions).toBe(0), 5000)
    expect(Math.max(most, held(io))).toBeLessThan(200_000)
    proxy.flow()
    await vi.waitFor(() => expect(seen.length).toBe(200), 10_000)
    expect([seen, gaps]).toEqual([upTo(200), []])
  },
)
