import { createTcpProxy, type TcpProxy } from '@steadywire/conformance/faults'
import { createSubscriber, failover } from '@steadywire/core'
import { createGateway, memoryLog } from '@steadywire/server'
import { sse } from '@steadywire/sse'
import { sseHandler, toNode } from '@steadywire/sse/server'
import { expect, it, onTestFinished, vi } from 'vitest'
import { socketio } from '../src/index.ts'
import { socketioServer } from '../src/server/index.ts'
import { drafts, serve } from './setup.ts'

/** One server with both wires to one log, each through a proxy of its own; and an app that prefers Socket.IO. */
async function setUp() {
  const log = memoryLog()
  const gateway = createGateway({ log, authorise: 'anyone', heartbeatMs: 200 })
  const served = await serve()
  socketioServer(served.io, { gateway })
  const events = toNode(sseHandler({ gateway, basePath: '/events' }))
  served.http.on('request', (request, response) => {
    if (request.url?.startsWith('/events')) void events(request, response)
  })
  const proxies: TcpProxy[] = [await createTcpProxy(), await createTcpProxy()]
  for (const proxy of proxies) proxy.target(served.port)
  const [first, second] = proxies.map(({ port }) => `http://127.0.0.1:${port}`)
  const transport = failover(
    [socketio({ url: `${first}`, transports: ['websocket'] }), sse({ url: `${second}/events` })],
    { sameLog: true, deadlineMs: 600, stableMs: 300 },
  )
  const subscriber = createSubscriber({ transport, backoff: { delaysMs: [20], maxAttempts: 1000 } })
  onTestFinished(async () => {
    await subscriber.close()
    await gateway.close({ graceMs: 0 })
    await Promise.all(proxies.map((proxy) => proxy.close()))
    await served.close()
  })
  const told: unknown[] = []
  const subscription = subscriber.subscribe('job:1', {
    from: 'start',
    event: ({ seq }) => void told.push(seq),
    gap: ({ reason }) => void told.push(reason),
  })
  await subscription.ready
  let appended = 0
  /** Appends until `check` holds, and lets everything arrive. */
  const appendUntil = async (check: () => void): Promise<void> => {
    await vi.waitFor(
      async () => {
        await log.append('job:1', drafts(1))
        appended++
        check()
      },
      { timeout: 15_000, interval: 5 },
    )
    await vi.waitFor(() => expect(told.length).toBe(appended), 5000)
    expect(told).toEqual(Array.from({ length: appended }, (_, index) => index + 1))
  }
  return { proxy: proxies[0] as TcpProxy, transport, appendUntil }
}

const faults: readonly [string, (proxy: TcpProxy) => void, (proxy: TcpProxy) => void][] = [
  [
    'is refused',
    (proxy) => {
      proxy.refuse(true)
      proxy.reset()
    },
    (proxy) => proxy.refuse(false),
  ],
  ['stalls', (proxy) => proxy.stall(), (proxy) => proxy.flow()],
]

it.each(faults)(
  '[D1][D2][D3] goes on by Server-Sent Events in mid-stream when Socket.IO %s, and returns when it is back',
  { timeout: 60_000 },
  async (_, harm, heal) => {
    const { proxy, transport, appendUntil } = await setUp()
    for (let round = 0; round < 3; round++) {
      await appendUntil(() => expect(transport.active).toBe(0))
      harm(proxy)
      await appendUntil(() => expect(transport.active).toBe(1))
      heal(proxy)
      await appendUntil(() => expect(transport.active).toBe(0))
    }
  },
)
