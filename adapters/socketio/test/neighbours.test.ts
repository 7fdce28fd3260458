import { createSubscriber } from '@steadywire/core'
import { Adapter } from 'socket.io-adapter'
import { io as connectIo, Manager } from 'socket.io-client'
import { Decoder, Encoder, type Packet } from 'socket.io-parser'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { socketio } from '../src/index.ts'
import { cutAll, drafts, open, setup, sink } from './setup.ts'

const { signal } = new AbortController()

describe("the app's own Socket.IO", () => {
  it('keeps its namespaces, its events and its line beside ours', async () => {
    const { io, url, log } = await setup({ io: { path: '/live/socket' } })
    const said: unknown[] = []
    io.on('connection', (socket) => socket.on('chat', (text) => io.emit('chat', text)))
    const app = connectIo(url, { path: '/live/socket', transports: ['websocket'] })
    onTestFinished(() => void app.disconnect())
    app.on('chat', (text) => said.push(text))
    await new Promise<void>((resolve) => app.once('connect', resolve))

    const listening = sink()
    const { connection } = await open({ socket: app })
    await connection.attach('job:1', undefined, listening, signal)
    await log.append('job:1', drafts(1))
    app.emit('chat', 'hello')
    await vi.waitFor(() => expect([said, listening.items.length]).toEqual([['hello'], 1]))
    await connection.close()
    await vi.waitFor(() => expect(io.of('/steadywire').sockets.size).toBe(0))
    app.emit('chat', 'still here')
    await vi.waitFor(() => expect(said).toEqual(['hello', 'still here']))
    expect([app.connected, app.io.reconnection(), io.engine.clientsCount]).toEqual([true, true, 1])
  })

  it('survives that connecting is given up while the server lets us in, and that it is tried again', async () => {
    const { io, url } = await setup()
    const app = connectIo(url, { transports: ['websocket'] })
    onTestFinished(() => void app.disconnect())
    await new Promise<void>((resolve) => app.once('connect', resolve))
    const lost = vi.fn()
    app.on('disconnect', lost)
    const transport = socketio({ manager: app.io })
    const context = { token: async () => undefined, heard() {}, wanted: [], warn() {} }
    for (let round = 0; round < 20; round++) {
      const abort = new AbortController()
      const connecting = transport.connect({ ...context, signal: abort.signal })
      for (let turn = 0; turn < round; turn++) await Promise.resolve()
      abort.abort()
      await connecting.then(
        (connection) => connection.close(),
        () => {},
      )
      await vi.waitFor(async () => (await transport.connect({ ...context, signal })).close())
    }
    await vi.waitFor(() => expect(io.of('/steadywire').sockets.size).toBe(0))
    expect(lost).not.toHaveBeenCalled()
  })

  it('refuses a second transport on one Manager, since it has one socket per namespace', async () => {
    const { url } = await setup()
    const manager = new Manager(url, { transports: ['websocket'] })
    const first = await open({ manager })
    await expect(open({ manager })).rejects.toMatchObject({ kind: 'config', code: 'invalid_option' })
    await first.connection.close()
    const second = await open({ manager })
    await second.connection.close()
  })

  it("fails while the app's Manager is offline, and leaves its reconnecting alone", async () => {
    const { url, io } = await setup()
    const app = connectIo(url, { transports: ['websocket'], reconnectionDelay: 50, reconnectionDelayMax: 50 })
    onTestFinished(() => void app.disconnect())
    await new Promise<void>((resolve) => app.once('connect', resolve))
    const { connection } = await open({ manager: app.io })
    cutAll(io)
    expect(await connection.closed).toMatchObject({ kind: 'retry', code: 'connection_lost' })
    await expect(open({ manager: app.io })).rejects.toMatchObject({ kind: 'retry', code: 'unavailable' })
    await vi.waitFor(() => expect(app.connected).toBe(true))
    await open({ manager: app.io })
  })

  it('keeps nothing of ours for the recovery of connections that the app has switched on', async () => {
    const { io, url, log } = await setup({ io: { connectionStateRecovery: { maxDisconnectionDuration: 60_000 } } })
    const listening = sink()
    const { connection } = await open({ url, transports: ['websocket'] })
    await connection.attach('job:1', undefined, listening, signal)
    await log.append('job:1', drafts(10))
    await vi.waitFor(() => expect(listening.items.length).toBe(10))
    const { adapter } = io.of('/steadywire')
    expect('packets' in adapter && adapter.packets).toEqual([])
  })

  it("goes on when the app's line was recovered, in a session of its own", async () => {
    const { io, url, log, gateway } = await setup({ io: { connectionStateRecovery: {} } })
    const app = connectIo(url, { transports: ['websocket'], reconnectionDelay: 20, reconnectionDelayMax: 20 })
    onTestFinished(() => void app.disconnect())
    await new Promise<void>((resolve) => app.once('connect', resolve))
    const seen: number[] = []
    const subscriber = createSubscriber({
      transport: socketio({ socket: app }),
      backoff: { delaysMs: [20], maxAttempts: 100, jitter: false },
    })
    onTestFinished(() => subscriber.close())
    subscriber.subscribe('job:1', { from: 'start', event: ({ seq }) => void seen.push(seq), gap() {} })
    for (let round = 1; round <= 5; round++) {
      await log.append('job:1', drafts(3))
      await vi.waitFor(() => expect(seen.length).toBe(round * 3))
      cutAll(io)
      await log.append('job:2', drafts(1))
    }
    await vi.waitFor(() => expect([subscriber.state, gateway.stats().sessions]).toEqual(['online', 1]))
    expect(seen).toEqual(Array.from({ length: 15 }, (_, index) => index + 1))
  })

  it('encodes a batch once for all its readers, and sends it to no other server', async () => {
    let encoded = 0
    class CountingEncoder extends Encoder {
      override encode(packet: Packet) {
        if (JSON.stringify(packet.data)?.includes('"items"')) encoded++
        return super.encode(packet)
      }
    }
    const elsewhere: unknown[] = []
    class ClusterAdapter extends Adapter {
      override broadcast(...[packet, options]: Parameters<Adapter['broadcast']>) {
        if (!options.flags?.local) elsewhere.push(packet)
        super.broadcast(packet, options)
      }
    }
    const { url, log, io } = await setup({
      io: { parser: { Encoder: CountingEncoder, Decoder }, adapter: ClusterAdapter },
    })
    const sinks = Array.from({ length: 20 }, sink)
    for (const each of sinks) {
      const { connection } = await open({ url, transports: ['websocket'] })
      await connection.attach('job:1', undefined, each, signal)
    }
    await log.append('job:1', drafts(5))
    await vi.waitFor(() => expect(sinks.map(({ items }) => items.length)).toEqual(sinks.map(() => 5)))
    expect([encoded, elsewhere]).toEqual([1, []])
    io.emit('for all servers')
    expect(elsewhere.length).toBe(1)
  })

  it('lets a subscriber on a long-polling line survive the loss of the server', async () => {
    const { url, log, io } = await setup()
    const seen: number[] = []
    const subscriber = createSubscriber({
      transport: socketio({ url, transports: ['polling'] }),
      backoff: { delaysMs: [20], maxAttempts: 100, jitter: false },
    })
    onTestFinished(() => subscriber.close())
    subscriber.subscribe('job:1', { from: 'start', event: ({ seq }) => void seen.push(seq), gap() {} })
    for (let round = 1; round <= 5; round++) {
      await log.append('job:1', drafts(3))
      await vi.waitFor(() => expect(seen.length).toBe(round * 3))
      const [before] = io.of('/steadywire').sockets.keys()
      cutAll(io)
      await vi.waitFor(() => expect([...io.of('/steadywire').sockets.keys()]).not.toContain(before))
    }
    expect(seen).toEqual(Array.from({ length: 15 }, (_, index) => index + 1))
  })
})

it('[C3] a middleware of the app that says no has not let us in, whatever it says besides', async () => {
  for (const data of [undefined, null, 5, { content: 'Please come back later' }]) {
    const { io, url } = await setup()
    io.of('/steadywire').use((_, next) => next(Object.assign(new Error('not you'), { data })))
    const refused = { kind: 'auth', code: 'unauthenticated', message: expect.stringContaining('not you') }
    await expect(open({ url }, 'mine')).rejects.toMatchObject({ ...refused, token: 'mine' })
  }
})
