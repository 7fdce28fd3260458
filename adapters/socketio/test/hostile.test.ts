import { createSubscriber } from '@steadywire/core'
import { type EventLog, memoryLog } from '@steadywire/server'
import { io as connectIo, type Socket } from 'socket.io-client'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { socketio } from '../src/index.ts'
import { drafts, open, serve, setup, sink } from './setup.ts'

const { signal } = new AbortController()

const anything = { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } } as const

/** A client that is not ours. */
async function raw(url: string, auth: object = {}): Promise<Socket> {
  const socket = connectIo(`${url}/steadywire`, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    auth,
  })
  onTestFinished(() => void socket.disconnect())
  await new Promise<void>((resolve) => socket.once('frame', () => resolve()))
  return socket
}

it('[D7a] an event that can not be encoded ends the feed of its topic, and neither the server nor another topic', async () => {
  // Socket.IO looks through what it sends in another way than JSON.stringify, and overflows the stack earlier.
  let looks = 0
  const looksWell = {
    toJSON() {
      if (looks++ > 0) throw new RangeError('Maximum call stack size exceeded')
      return 'well'
    },
  }
  const memory = memoryLog()
  const log: EventLog = {
    ...memory,
    tail: (topic, on) =>
      memory.tail(topic, {
        ...on,
        wake: (events) => on.wake(topic === 'bad' ? events.map((event) => ({ ...event, data: looksWell })) : events),
      }),
  }
  const { url } = await setup({ log })
  const { connection } = await open({ url, transports: ['websocket'] })
  const [bad, good] = [sink(), sink()]
  await connection.attach('bad', undefined, bad, signal)
  await connection.attach('good', undefined, good, signal)
  await memory.append('bad', drafts(1))
  await vi.waitFor(() => expect(bad.errors).toMatchObject([{ kind: 'retry', code: 'log_failed' }]))
  await memory.append('good', drafts(1))
  await vi.waitFor(() => expect(good.items.length).toBe(1))
})

describe('a hostile client', () => {
  it.each([
    ['attach', []],
    ['attach', [{}, {}]],
    ['attach', ['a topic', null]],
    ['attach', ['job:1', 'no cursor']],
    ['attach', ['job:1', '1~~']],
    ['attach', ['x'.repeat(1000), null]],
    ['attach', [Buffer.from('job:1'), null]],
    ['read', ['job:1', null]],
    ['read', ['job:1', { limit: -1 }]],
    ['read', ['job:1', { limit: 'all' }]],
    ['read', ['__proto__ x', {}]],
    ['heads', ['job:1']],
    ['heads', [[1]]],
    ['heads', [Array.from({ length: 5000 }, (_, index) => `job:${index}`)]],
    ['append', ['job:1', { length: 1 }]],
    ['append', ['job:1', [null]]],
    ['append', ['job:1', Array.from({ length: 5000 }, () => ({}))]],
    ['renew', [{ toString: 'x' }]],
    ['command', ['__proto__', {}]],
    ['command', ['constructor', {}]],
    ['command', []],
  ])('is told what is wrong: %s, %#', async (name, args) => {
    const { url } = await setup()
    const socket = await raw(url)
    const answer = await socket.timeout(2000).emitWithAck(name, ...args)
    expect(answer).toMatchObject({
      error: { kind: expect.stringMatching(/refused|auth|retry/), message: expect.any(String) },
    })
    expect(JSON.stringify(answer)).not.toMatch(/ at .*:\d+/)
  })

  it('may leave out its acknowledgements, send unknown events, and take names of prototypes', async () => {
    const { url, io } = await setup()
    const socket = await raw(url)
    socket.emit('attach', 'job:1', null)
    socket.emit('attach')
    socket.emit('detach', { topic: 1 })
    socket.emit('__proto__', 1)
    socket.emit('constructor', 1)
    socket.emit('toString')
    const answer = await socket.timeout(2000).emitWithAck('attach', '__proto__', null)
    expect(answer).toMatchObject({ page: { head: 0, events: [] } })
    const beat = new Promise((resolve) => socket.on('frame', (frame) => frame.heads?.['job:1'] && resolve(frame.heads)))
    expect(Object.keys(Object(await beat)).sort()).toEqual(['__proto__', 'job:1'])
    expect(io.of('/steadywire').sockets.size).toBe(1)
  })

  it('is held to the limit of topics, however many it attaches and detaches', async () => {
    const { url, gateway } = await setup()
    const socket = await raw(url, { token: 'mallory' })
    const asked = Array.from({ length: 5000 }, (_, index) =>
      socket.timeout(10_000).emitWithAck('attach', `job:${index}`, null),
    )
    const answers = await Promise.all(asked)
    expect(answers.filter(({ page }) => page).length).toBe(100)
    expect(gateway.stats().readers).toBe(100)
    for (let index = 0; index < 5000; index++) socket.emit('detach', `job:${index}`)
    await vi.waitFor(() => expect(gateway.stats().readers).toBe(0))
  })

  it.each<[string, (asked: number) => readonly unknown[]]>([
    ['never says what it got', () => []],
    ['says that it got more than it was asked for', (asked) => [asked + 1, 1e9, Number.POSITIVE_INFINITY]],
    ['says that it got what is no number', () => [null, {}, 'all', Number.NaN]],
  ])('that %s is read to from the log, with a bounded rest', async (_, answers) => {
    const { url, log, gateway } = await setup({ limits: { maxBufferedBytes: 100_000 } })
    const socket = await raw(url)
    let bytes = 0
    socket.on('frame', (frame) => {
      bytes += JSON.stringify(frame).length
      if (frame.got) for (const answer of answers(frame.got)) socket.emit('got', answer)
    })
    await socket.emitWithAck('attach', 'job:1', null)
    for (let round = 0; round < 20; round++) await log.append('job:1', drafts(20, 'x'.repeat(2000)))
    await vi.waitFor(() => expect(gateway.stats().fallbacks).toBe(1))
    const closed = new Promise((resolve) => socket.on('frame', (frame) => frame.closing && resolve(frame.closing)))
    expect(await closed).toMatchObject({ kind: 'retry' })
    expect(bytes).toBeLessThan(400_000)
  })

  it('is refused data so deep that a server could not send it to the readers', async () => {
    const { url, log } = await setup()
    const socket = await raw(url)
    const data = JSON.parse('['.repeat(2000) + ']'.repeat(2000))
    const answer = await socket.timeout(2000).emitWithAck('append', 'job:1', [{ id: 'a', type: 'x', data }])
    expect(answer).toMatchObject({ error: { kind: 'refused', message: expect.stringContaining('nested too deeply') } })
    expect((await log.read('job:1', { limit: 1 })).head).toBe(0)
  })

  it.each<[string, unknown]>([
    ['a number that JSON does not have', 5n],
    [
      'itself',
      (() => {
        const circle: unknown[] = []
        circle.push(circle)
        return circle
      })(),
    ],
  ])("is told of a failure where the app's command answers %s", async (_, result) => {
    const { url, gateway } = await setup()
    gateway.command('odd', anything, () => result)
    const socket = await raw(url)
    const answer = await socket.timeout(2000).emitWithAck('command', 'odd', {})
    expect(answer).toMatchObject({ error: { kind: 'retry', code: 'unavailable', message: 'The server failed' } })
    expect(await socket.timeout(2000).emitWithAck('attach', 'job:1', null)).toMatchObject({ page: { head: 0 } })
  })

  it('that does not leave is put out', async () => {
    const { url, gateway } = await setup()
    const socket = await raw(url, { token: 'bob' })
    const left = new Promise((resolve) => socket.once('disconnect', resolve))
    gateway.revoke({ subject: 'bob' })
    expect(await left).toBe('io server disconnect')
  })
})

describe('a hostile server', () => {
  it.each([
    ['nothing', undefined],
    ['a text', 'hello'],
    ['another version', { hello: { v: 7, stream: 'x', heartbeatMs: 1 } }],
    ['no hello', { heads: {} }],
    ['a hello without a rhythm', { hello: { v: 1, stream: 'x' } }],
    ['a refusal', { closing: { kind: 'refused', code: 'forbidden', message: 'No' } }],
  ])('that begins with %s is left, and the line with it', async (_, frame) => {
    const { io, url, close } = await serve()
    onTestFinished(close)
    io.of('/steadywire').on('connection', (socket) => void socket.emit('frame', frame))
    await expect(open({ url, transports: ['websocket'] })).rejects.toMatchObject({ kind: expect.any(String) })
    await vi.waitFor(() => expect(io.engine.clientsCount).toBe(0))
  })

  it("does not end the app's line by garbage", async () => {
    const { io, url, close } = await serve()
    onTestFinished(close)
    io.of('/steadywire').on('connection', (socket) => {
      socket.emit('frame', { hello: { v: 1, stream: 'x', heartbeatMs: 1000 } })
      socket.on('attach', (_topic, _cursor, answer) => answer({ page: 'none' }))
      socket.on('read', () => socket.emit('frame', { topic: 'job:1', epoch: 7, items: {} }))
    })
    const app = connectIo(url, { transports: ['websocket'] })
    onTestFinished(() => void app.disconnect())
    const { connection } = await open({ socket: app })
    await expect(connection.attach('job:1', undefined, sink(), signal)).rejects.toMatchObject({ code: 'protocol' })
    const read = connection.read('job:1', { limit: 1 }, signal)
    await expect(read).rejects.toMatchObject({ code: 'protocol' })
    expect(await connection.closed).toMatchObject({ kind: 'retry', code: 'protocol' })
    expect(app.connected).toBe(true)
  })

  it('without the namespace is a fault of the set-up', async () => {
    const { url, close } = await serve()
    onTestFinished(close)
    await expect(open({ url })).rejects.toMatchObject({ kind: 'config', code: 'not_found' })
  })

  it('whose middleware says no is asked with a fresh token', async () => {
    const { url, io } = await setup()
    io.of('/steadywire').use((_socket, next) => next(new Error('not today')))
    await expect(open({ url }, 'alice')).rejects.toMatchObject({ kind: 'auth', token: 'alice' })
  })
})

describe('what is left behind', () => {
  it('is nothing, after 1,000 connections and topics subscribed twice', async () => {
    const { io, url, gateway } = await setup({ limits: { connectionsPerSubject: Number.POSITIVE_INFINITY } })
    const app = connectIo(url, { transports: ['websocket'] })
    onTestFinished(() => void app.disconnect())
    await new Promise<void>((resolve) => app.once('connect', resolve))
    let rounds = 0
    const one = async () => {
      const connection = await vi.waitFor(async () => (await open({ socket: app })).connection, { interval: 1 })
      const twice = [new AbortController(), new AbortController()]
      const attaching = twice.map((abort) =>
        connection.attach('job:1', undefined, sink(), abort.signal).catch(() => {}),
      )
      twice[0]?.abort()
      if (++rounds % 2 === 0) await attaching[1]
      await connection.close()
    }
    const listeners = () => [
      ...['open', 'close', 'packet', 'error'].map((event) => app.io.listeners(event as 'open').length),
      app.io.engine.listeners('packet').length,
      io.of('/steadywire').sockets.size,
      gateway.stats().sessions,
    ]
    await one()
    await vi.waitFor(() => expect(gateway.stats().sessions).toBe(0))
    const before = listeners()
    for (let round = 0; round < 1000; round++) await one()
    await vi.waitFor(() => expect(gateway.stats().sessions).toBe(0))
    expect(listeners()).toEqual(before)
    expect([app.connected, io.engine.clientsCount]).toEqual([true, 1])
  })

  it('is no line of ours after the subscriber closed', async () => {
    const { io, url } = await setup()
    for (const transports of [['websocket'], ['polling'], ['polling', 'websocket']]) {
      const subscriber = createSubscriber({ transport: socketio({ url, transports }) })
      const subscription = subscriber.subscribe('job:1', { event() {}, gap() {} })
      await subscription.ready
      await subscriber.close()
      await vi.waitFor(() => expect(io.engine.clientsCount).toBe(0))
    }
  })

  it('is told to come back later when the mount is closed, and only that', async () => {
    const { url, io, mounted } = await setup()
    const app = connectIo(url, { transports: ['websocket'] })
    onTestFinished(() => void app.disconnect())
    const { connection } = await open({ socket: app })
    mounted.close()
    expect(await connection.closed).toMatchObject({ kind: 'retry', code: 'going_away' })
    expect([app.connected, io.engine.clientsCount]).toEqual([true, 1])
  })
})
