import type { ConnectContext, Sink, WireError, WireItem } from '@steadywire/core'
import { createSubscriber, isSkip } from '@steadywire/core'
import { createFakeClock } from '@steadywire/core/testing'
import { type Authoriser, createGateway, memoryLog, type Peer } from '@steadywire/server'
import { expect, test } from 'vitest'
import { memory } from '../src/index.ts'

const draft = (id: string) => ({ id, type: 'said', data: { id } })
const never = new AbortController().signal

function context(more: Partial<ConnectContext> = {}): ConnectContext {
  return { token: async () => undefined, heard: () => {}, wanted: [], warn: () => {}, signal: never, ...more }
}

function recorder() {
  const told: string[] = []
  const items: WireItem[] = []
  const errors: WireError[] = []
  const sink: Sink = {
    events(batch) {
      items.push(...batch)
      for (const item of batch) told.push(isSkip(item) ? `skip ${item.skip.join('-')}` : item.id)
    },
    head: (at) => told.push(at ? `head ${at.seq}` : 'verify'),
    lost(error) {
      errors.push(error)
      told.push(`lost ${error.code}`)
    },
  }
  return { items, told, errors, sink, take: () => told.splice(0) }
}

function setup(authorise: Authoriser | 'anyone' = 'anyone') {
  const clock = createFakeClock()
  const log = memoryLog({ clock, id: () => 'epoch-1' })
  const gateway = createGateway({ log, clock, authorise, random: () => 0, heartbeatMs: 1000, observe: () => {} })
  const transport = memory({ gateway })
  const fill = async (topic: string, ids: string) => {
    for (const id of ids) await log.append(topic, [draft(id)])
    await clock.settle()
  }
  return { clock, log, gateway, transport, fill }
}

test('given a log alone it makes its own gateway: attach, live, append, and a close that leaves nothing', async () => {
  const clock = createFakeClock()
  const log = memoryLog({ clock, id: () => 'epoch-1' })
  await log.append('room:1', [draft('a'), draft('b')])
  const connection = await memory({ log, clock }).connect(context())
  const { items, sink } = recorder()
  const page = await connection.attach('room:1', { seq: 0 }, sink, never)
  expect(page).toMatchObject({ epoch: 'epoch-1', oldest: 1, head: 2, through: 2 })
  expect(page.events.map((event) => event.id)).toEqual(['a', 'b'])
  await connection.append?.('room:1', [draft('c')], never)
  await clock.settle()
  expect(items).toMatchObject([{ id: 'c', seq: 3, prev: 'b' }])
  await connection.close()
  expect((await connection.closed).code).toBe('closed')
  await clock.settle()
  expect(clock.pending).toBe(0)
})

test('nothing is delivered within the stack of who appends, and what arrives is heard', async () => {
  const { clock, log, transport } = setup()
  let heard = 0
  const connection = await transport.connect(context({ heard: () => heard++ }))
  const { sink, take } = recorder()
  await connection.attach('t', undefined, sink, never)
  const appended = log.append('t', [draft('a')])
  expect(take()).toEqual([])
  await appended
  await clock.settle()
  expect([take(), heard]).toEqual([['a'], 1])
  await clock.advance(1000)
  expect([take(), heard]).toEqual([['head 1'], 2])
})

test('two subscriptions of one topic share a feed, and each has its own page', async () => {
  const { transport, gateway, fill } = setup()
  await fill('t', 'ab')
  const connection = await transport.connect(context())
  const [first, second] = [recorder(), recorder()]
  const abort = new AbortController()
  expect((await connection.attach('t', { seq: 0 }, first.sink, abort.signal)).events).toHaveLength(2)
  expect((await connection.attach('t', { epoch: 'epoch-1', seq: 1 }, second.sink, never)).events).toHaveLength(1)
  await fill('t', 'c')
  abort.abort()
  await fill('t', 'd')
  expect([first.take(), second.take(), gateway.stats().readers]).toEqual([['c'], ['c', 'd'], 1])
})

test('[D9] aborting detaches: even what was under way is not delivered', async () => {
  const { clock, log, transport, gateway } = setup()
  const connection = await transport.connect(context())
  const { sink, take } = recorder()
  const abort = new AbortController()
  await connection.attach('t', undefined, sink, abort.signal)
  void log.append('t', [draft('a')])
  queueMicrotask(() => abort.abort())
  await clock.settle()
  expect([take(), gateway.stats().readers]).toEqual([[], 0])
  const attaching = connection.attach('u', undefined, sink, abort.signal)
  await expect(attaching).rejects.toMatchObject({ kind: 'retry' })
  await clock.settle()
  expect(gateway.stats().readers).toBe(0)
})

test('[D10] a revoked topic is lost, queue included, and the connection lives on', async () => {
  const { clock, log, transport, gateway, fill } = setup(({ token }) => ({ subject: token ?? '', may: () => true }))
  const connection = await transport.connect(context({ token: async () => 'ann' }))
  const { sink, take } = recorder()
  await connection.attach('t', undefined, sink, never)
  await connection.attach('u', undefined, sink, never)
  void log.append('t', [draft('queued')])
  queueMicrotask(() => gateway.revoke({ subject: 'ann', topic: 't' }))
  await clock.settle()
  await fill('u', 'b')
  expect(take()).toEqual(['lost forbidden', 'b'])
})

test('[C5] an error says which token was refused; a renewed one takes its place', async () => {
  const { transport } = setup(({ token }) => {
    if (token === 'bad') throw Object.assign(new Error('never mind'))
    return { subject: 'ann', expiresAt: token === 'old' ? 0 : Number.MAX_SAFE_INTEGER, may: () => true }
  })
  const connection = await transport.connect(context({ token: async () => 'old' }))
  const { sink } = recorder()
  await expect(connection.attach('t', undefined, sink, never)).rejects.toMatchObject({ kind: 'auth', token: 'old' })
  expect(await connection.renew?.('new')).toEqual({ expiresIn: expect.any(Number) })
  expect((await connection.attach('t', undefined, sink, never)).expiresIn).toBeGreaterThan(0)
  await expect(connection.renew?.('bad')).rejects.toMatchObject({ kind: 'retry' })
})

test('[C3] a connection that is refused rejects', async () => {
  const { transport, gateway } = setup()
  const closing = gateway.close()
  await expect(transport.connect(context())).rejects.toMatchObject({ code: 'going_away', retryAfterMs: 0 })
  await closing
})

test('a server that goes away closes the connection with its wish, exactly once', async () => {
  const { transport, gateway } = setup()
  const connection = await transport.connect(context())
  await gateway.close({ graceMs: 1000 })
  expect(await connection.closed).toMatchObject({ kind: 'retry', code: 'going_away' })
  await connection.close()
  expect((await connection.closed).code).toBe('going_away')
})

test('[C8] machine/connect-resolves-after-abort: a connect that is given up leaves no session behind', async () => {
  const { clock, gateway, transport } = setup(async () => ({ may: () => true }))
  const abort = new AbortController()
  const connecting = transport.connect(context({ signal: abort.signal }))
  abort.abort()
  await expect(connecting).rejects.toMatchObject({ kind: 'retry' })
  await clock.settle()
  expect([gateway.stats().sessions, clock.pending]).toEqual([0, 0])
})

test('[C7] giving up an open connection closes it, and its topics stay silent', async () => {
  const { transport, gateway, fill } = setup()
  const abort = new AbortController()
  const connection = await transport.connect(context({ signal: abort.signal }))
  const { sink, take } = recorder()
  await connection.attach('t', undefined, sink, never)
  abort.abort()
  expect((await connection.closed).code).toBe('closed')
  await fill('t', 'a')
  expect([take(), gateway.stats().sessions]).toEqual([[], 0])
})

test('reads, heads and commands go by the session; a call that is aborted rejects soon', async () => {
  const { transport, fill } = setup()
  await fill('t', 'abc')
  const connection = await transport.connect(context())
  expect((await connection.read('t', { limit: 2, last: true }, never)).events.map((event) => event.id)).toEqual([
    'b',
    'c',
  ])
  expect(await connection.heads?.(['t', 'unborn'], never)).toEqual(
    new Map([
      ['t', { epoch: 'epoch-1', oldest: 1, head: 3, mark: 'c' }],
      ['unborn', { oldest: 1, head: 0 }],
    ]),
  )
  await expect(connection.read('t', { limit: 1 }, AbortSignal.abort())).rejects.toMatchObject({ kind: 'retry' })
})

test('what waits is counted, and drained when it was delivered', async () => {
  let peer: Peer | undefined
  const { gateway, clock } = setup()
  const spied = memory({
    gateway: {
      once: (credentials) => gateway.once(credentials),
      open(credentials, given) {
        peer = given
        return gateway.open(credentials, given)
      },
    },
  })
  const connection = await spied.connect(context())
  const { sink, take } = recorder()
  await connection.attach('t', undefined, sink, never)
  const item = { ...draft('a'), topic: 't', seq: 1, epoch: 'e', time: 0 }
  peer?.items({ topic: 't', epoch: 'e', items: [item], text: '' })
  expect(peer?.bufferedBytes).toBeGreaterThan(0)
  await peer?.drained()
  expect([peer?.bufferedBytes, take()]).toEqual([0, ['a']])
  await clock.settle()
})

test('[D9] a subscription ends with its topic even if this reader may not see the final event', async () => {
  const { clock, log, transport } = setup(() => ({ may: () => true, visible: ({ id }) => id !== 'hidden' }))
  const subscriber = createSubscriber({ transport, clock, random: () => 0 })
  const told: string[] = []
  const subscription = subscriber.subscribe('t', {
    event: ({ id }) => void told.push(id),
    gap: ({ reason }) => void told.push(reason),
    status: (status) => void told.push(status),
  })
  await clock.settle()
  await subscription.ready
  await log.append('t', [draft('a'), { ...draft('hidden'), final: true }])
  await clock.settle()
  expect(told.slice(-2)).toEqual(['a', 'ended'])
  await subscriber.close()
  await clock.settle()
  expect(clock.pending).toBe(0)
})

test('[D9] it ends too if it subscribes after the hidden end', async () => {
  const { clock, log, transport } = setup(() => ({ may: () => true, visible: ({ id }) => id !== 'hidden' }))
  await log.append('t', [draft('a'), { ...draft('hidden'), final: true }])
  const subscriber = createSubscriber({ transport, clock, random: () => 0 })
  const told: string[] = []
  const subscription = subscriber.subscribe('t', {
    from: 'start',
    event: ({ id }) => void told.push(id),
    gap: ({ reason }) => void told.push(reason),
  })
  await clock.settle()
  expect([told, subscription.status]).toEqual([['a'], 'ended'])
  await subscriber.close()
})
