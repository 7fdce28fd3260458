import { createAdapter } from '@socket.io/redis-streams-adapter'
import { createSubscriber } from '@steadywire/core'
import { redisLog } from '@steadywire/log-redis'
import { startRedis } from '@steadywire/redis-server'
import { createGateway } from '@steadywire/server'
import { Redis } from 'ioredis'
import type { ServerOptions } from 'socket.io'
import { io as connectIo, type Socket } from 'socket.io-client'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { socketio } from '../src/index.ts'
import { socketioServer } from '../src/server/index.ts'
import { cutAll, drafts, serve } from './setup.ts'

/** Two Socket.IO servers whose rooms span both by the app's own adapter, and our namespace on each, over one Redis. */
async function cluster(options: Partial<ServerOptions> = {}) {
  const server = await startRedis()
  const redis = new Redis(server.url)
  redis.on('error', () => {})
  const log = redisLog({ redis: server.url })
  const nodes = await Promise.all(
    [1, 2].map(async () => {
      const served = await serve({ ...options, adapter: createAdapter(redis, { blockTimeInMs: 100 }) })
      const gateway = createGateway({ log, authorise: 'anyone', heartbeatMs: 100 })
      socketioServer(served.io, { gateway })
      served.io.on('connection', (socket) => {
        socket.on('join', (room, joined) => {
          socket.join(room)
          joined()
        })
      })
      return { ...served, gateway }
    }),
  )
  onTestFinished(async () => {
    await Promise.all(nodes.map(({ gateway }) => gateway.close({ graceMs: 0 })))
    await Promise.all(nodes.map(({ close }) => close()))
    await log.close()
    // The adapter says goodbye to the others, and does not wait for the answer.
    await redis.quit()
    await server.close()
  })
  await vi.waitFor(async () =>
    expect(await Promise.all(nodes.map(({ io }) => io.of('/').adapter.serverCount()))).toEqual([2, 2]),
  )
  return { nodes, log, redis }
}

/** The app's own client on a node, in its room, and a subscriber of ours on the same line. */
async function follow(url: string) {
  const app: Socket = connectIo(url, { transports: ['websocket'], reconnectionDelay: 20, reconnectionDelayMax: 20 })
  onTestFinished(() => void app.disconnect())
  const said: unknown[] = []
  app.on('said', (text) => said.push(text))
  await app.emitWithAck('join', 'room')
  const seen: number[] = []
  const gaps: unknown[] = []
  const subscriber = createSubscriber({
    transport: socketio({ socket: app }),
    backoff: { delaysMs: [20], maxAttempts: 100, jitter: false },
  })
  onTestFinished(() => subscriber.close())
  const subscription = subscriber.subscribe('job:1', {
    from: 'start',
    event: ({ seq }) => void seen.push(seq),
    gap: (gap) => void gaps.push(gap),
  })
  await subscription.ready
  return { app, said, seen, gaps }
}

const recovery = { connectionStateRecovery: { maxDisconnectionDuration: 60_000 } }

/** What the app's adapter has sent from server to server. */
async function betweenServers(redis: Redis): Promise<string[]> {
  const entries = await redis.xrange('socket.io', '-', '+')
  return entries.map(([, fields]) => fields.join(' '))
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

type Cluster = Awaited<ReturnType<typeof cluster>>
type Client = Awaited<ReturnType<typeof follow>>

/** Both nodes speak in the room, and the log grows by five for each. */
async function speak({ nodes, log }: Cluster, round: number): Promise<void> {
  for (const [index, { io }] of nodes.entries()) {
    io.to('room').emit('said', `${round}, from ${index}`)
    await log.append('job:1', drafts(5))
  }
}

/** What follows on the same ways has arrived, so that what would have come twice has come, too. */
async function exactly(rounds: number, { nodes, log }: Cluster, clients: readonly Client[]): Promise<void> {
  const said = upTo(rounds).flatMap((round) => [`${round}, from 0`, `${round}, from 1`])
  for (const [index, { io }] of nodes.entries()) io.to('room').emit('said', `z, last of ${index}`)
  await log.append('job:1', drafts(1))
  const expected = { said: [...said, 'z, last of 0', 'z, last of 1'], seen: upTo(rounds * 10 + 1), gaps: [] }
  await vi.waitFor(() => {
    for (const client of clients) {
      expect(client.said).toEqual(expect.arrayContaining(expected.said))
      expect(client.seen.length).toBeGreaterThanOrEqual(expected.seen.length)
    }
  }, 5000)
  for (const { said, seen, gaps } of clients) expect({ said: said.toSorted(), seen, gaps }).toEqual(expected)
}

describe("the app's rooms over two servers", () => {
  it.each([
    ['as they are', {}],
    ['with the recovery of connections', recovery],
  ])('go on beside us, %s, and nothing of ours travels with them', async (_name, options) => {
    const all = await cluster(options)
    const clients = await Promise.all(all.nodes.map(({ url }) => follow(url)))
    for (const round of upTo(3)) await speak(all, round)
    await exactly(3, all, clients)
    const texts = await betweenServers(all.redis)
    expect(texts.filter((text) => text.includes('"said"')).length).toBe(8)
    expect(texts.filter((text) => text.includes('steadywire'))).toEqual([])
  })

  it("bring what was said while a line was down, when the app's connections are recovered, and we what was appended", async () => {
    const all = await cluster(recovery)
    const clients = await Promise.all(all.nodes.map(({ url }) => follow(url)))
    await speak(all, 1)
    for (const { said } of clients) await vi.waitFor(() => expect(said.length).toBe(2))
    for (const { io } of all.nodes) cutAll(io)
    await speak(all, 2)
    await vi.waitFor(() => expect(clients.map(({ app }) => app.connected && app.recovered)).toEqual([true, true]))
    await exactly(2, all, clients)
  })
})
