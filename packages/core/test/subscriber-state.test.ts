import { describe, expect, it } from 'vitest'
import {
  type Connection,
  type CursorStore,
  createSubscriber,
  encodeCursor,
  type Lifecycle,
  type LifecycleEvents,
  type LoadContext,
  memoryCursors,
  type SteadywireError,
  type Transport,
} from '../src/index.ts'
import { createTestWire, type TestWire } from '../src/testing/index.ts'

const topic = 'job:1'

function emit(wire: TestWire, count = 1, type = 'progress') {
  for (let n = 0; n < count; n += 1) wire.emit(topic, type, { n })
}

describe('a named subscription', () => {
  function follow(wire: TestWire, cursors = memoryCursors(), extra: object = {}) {
    const seqs: number[] = []
    const subscriber = createSubscriber({ ...wire.options, cursors })
    const subscription = subscriber.subscribe(topic, {
      name: 'viewer',
      event: (event) => void seqs.push(event.seq),
      gap() {},
      ...extra,
    })
    return { subscriber, subscription, seqs, cursors }
  }

  it('[D5] goes on from its stored cursor in the next process, whatever `from` says', async () => {
    const wire = createTestWire()
    const first = follow(wire, memoryCursors(), { from: 'start' })
    emit(wire, 3)
    await wire.settled()
    await first.subscriber.close()
    emit(wire, 2)
    const second = follow(wire, first.cursors, { from: 'now' })
    await wire.settled()
    expect(second.seqs).toEqual([4, 5])
    expect(second.subscription.continuity).toEqual({ kind: 'recovered', count: 2 })
  })

  it('[D5] attach/now-pinned-over-crash: stores where `now` was, before the first event', async () => {
    const wire = createTestWire()
    emit(wire, 3)
    const first = follow(wire)
    await wire.settled()
    await first.subscriber.close()
    emit(wire, 2)
    const second = follow(wire, first.cursors)
    await wire.settled()
    expect(second.seqs).toEqual([4, 5])
  })

  it('[D5] moves its cursor over events of types that were not asked for', async () => {
    const wire = createTestWire()
    const { cursors } = follow(wire, memoryCursors(), { from: 'start', types: ['rare'] })
    emit(wire, 3)
    await wire.settled()
    expect(await cursors.get(`/viewer/${topic}`)).toMatch(/^3~/)
  })

  it('[D5] load/crash-between-gap-and-load: the gap comes again if load was not done', async () => {
    const wire = createTestWire()
    const cursors = memoryCursors()
    emit(wire, 5)
    await cursors.advance(`/viewer/${topic}`, encodeCursor({ epoch: wire.log.epoch, seq: 1 }))
    wire.log.trim(topic, 3)
    const reasons: string[] = []
    const first = follow(wire, cursors, { load: () => new Promise(() => {}) })
    await wire.settled()
    await first.subscriber.close()
    expect(await cursors.get(`/viewer/${topic}`)).toMatch(/^1~/)
    const second = follow(wire, cursors, { gap: ({ reason }: { reason: string }) => reasons.push(reason), load() {} })
    await wire.settled()
    expect(reasons).toEqual(['trimmed'])
    expect(second.seqs).toEqual([4, 5])
  })

  it('keeps the cursors of two identities apart and purges on request', async () => {
    const wire = createTestWire()
    const cursors = memoryCursors()
    const subscriber = createSubscriber({ ...wire.options, cursors, identity: { subject: 'ann' } })
    subscriber.subscribe(topic, { name: 'viewer', from: 'start', event() {}, gap() {} })
    emit(wire, 2)
    await wire.settled()
    expect(await cursors.get(`ann/viewer/${topic}`)).toMatch(/^2~/)
    await subscriber.changeIdentity({ subject: 'bob' }, { purge: true })
    await wire.settled()
    expect(await cursors.get(`ann/viewer/${topic}`)).toBeUndefined()
    expect(await cursors.get(`bob/viewer/${topic}`)).toMatch(/^2~/)
  })

  it('reports a store that fails, and goes on', async () => {
    const wire = createTestWire()
    const codes: string[] = []
    const broken = {
      ...memoryCursors(),
      get: async () => 'nonsense',
      advance: async () => Promise.reject(new Error('full')),
    }
    const { seqs } = follow(wire, broken, { from: 'start', error: ({ code }: SteadywireError) => codes.push(code) })
    emit(wire, 2)
    await wire.settled()
    expect(seqs).toEqual([1, 2])
    expect(new Set(codes)).toEqual(new Set(['cursor_store_failed']))
  })
})

describe('load', () => {
  it('[D5] runs at the first attach and after a gap, before the events that follow, and never on a plain resume', async () => {
    const wire = createTestWire()
    const told: unknown[] = []
    const subscriber = createSubscriber(wire.options)
    subscriber.subscribe(topic, {
      event: ({ seq }) => void told.push(seq),
      load: ({ reason, at }: LoadContext) => void told.push(`${reason}@${at.seq}`),
    })
    emit(wire, 2)
    await wire.settled()
    emit(wire, 1)
    await wire.settled()
    wire.cut()
    emit(wire, 1)
    await wire.clock.advance(2000)
    wire.offline()
    emit(wire, 5)
    wire.log.trim(topic, 7)
    wire.offline(false)
    await wire.clock.advance(2000)
    expect(told).toEqual(['attach@2', 3, 4, 'trimmed@7', 8, 9])
  })

  it('is tried again when it fails, and events wait for it', async () => {
    const wire = createTestWire()
    const seqs: number[] = []
    const codes: string[] = []
    let failures = 2
    const subscriber = createSubscriber(wire.options)
    subscriber.subscribe(topic, {
      from: 'start',
      event: ({ seq }) => void seqs.push(seq),
      load() {
        failures -= 1
        if (failures >= 0) throw new Error('backend down')
      },
      error: ({ code }) => void codes.push(code),
    })
    emit(wire, 2)
    await wire.settled()
    expect(seqs).toEqual([])
    await wire.clock.advance(5000)
    expect(seqs).toEqual([1, 2])
    expect(codes).toEqual(['load_failed', 'load_failed'])
  })
})

describe('tokens', () => {
  it('[C5] token/parallel-401-single-flight: many topics that are refused at once refresh once', async () => {
    const wire = createTestWire()
    let refreshes = 0
    let serving = 'old'
    const refusing: Transport = {
      ...wire.transport,
      async connect(context) {
        const connection = await wire.transport.connect(context)
        const attach: Connection['attach'] = async (name, after, sink, signal) => {
          if (serving === 'old') {
            const { wireError } = await import('../src/errors.ts')
            throw wireError('auth', 'unauthenticated', 'expired', { token: 'old' })
          }
          return connection.attach(name, after, sink, signal)
        }
        return { ...connection, attach }
      },
    }
    const subscriber = createSubscriber({
      ...wire.options,
      transport: refusing,
      identity: {
        token({ refresh }) {
          if (refresh) {
            refreshes += 1
            serving = 'new'
          }
          return serving
        },
      },
    })
    const subscriptions = ['a:1', 'a:2', 'a:3'].map((name) => subscriber.subscribe(name, { event() {}, gap() {} }))
    await wire.clock.advance(3000)
    expect(refreshes).toBe(1)
    expect(subscriptions.map(({ status }) => status)).toEqual(['live', 'live', 'live'])
  })

  it('[C5] renews before the right ends, on the open connection', async () => {
    const wire = createTestWire()
    const tokens: (string | undefined)[] = []
    const limited: Transport = {
      ...wire.transport,
      async connect(context) {
        const connection = await wire.transport.connect(context)
        return {
          ...connection,
          attach: async (...args: Parameters<Connection['attach']>) => ({
            ...(await connection.attach(...args)),
            expiresIn: 60_000,
          }),
          async renew(token: string) {
            tokens.push(token)
            return { expiresIn: 60_000 }
          },
        }
      },
    }
    let count = 0
    const subscriber = createSubscriber({
      ...wire.options,
      transport: limited,
      identity: { token: () => `t${++count}` },
    })
    subscriber.subscribe(topic, { event() {}, gap() {} })
    await wire.clock.advance(100_000)
    expect(tokens.slice(0, 2)).toEqual(['t2', 't3'])
    expect(subscriber.stats().connections).toBe(1)
  })

  it('[C3] a topic that stays refused is refused for good, the others go on', async () => {
    const wire = createTestWire()
    wire.forbid('secret:1')
    const subscriber = createSubscriber(wire.options)
    const codes: string[] = []
    const secret = subscriber.subscribe('secret:1', {
      event() {},
      gap() {},
      error: ({ code }) => void codes.push(code),
    })
    const open = subscriber.subscribe(topic, { event() {}, gap() {} })
    await wire.settled()
    expect([secret.status, open.status]).toEqual(['refused', 'live'])
    expect(codes).toEqual(['forbidden'])
    await expect(secret.ready).rejects.toMatchObject({ code: 'forbidden' })
    wire.forbid('secret:1', false)
    subscriber.retry()
    await wire.settled()
    expect(secret.status).toBe('live')
  })
})

describe('a wire without heads', () => {
  it('[D1] attach/last-event-lost-then-silence: the audit notices within its interval', async () => {
    const wire = createTestWire()
    const deaf: Transport = {
      ...wire.transport,
      capabilities: { ...wire.transport.capabilities, heads: false },
      async connect(context) {
        const connection = await wire.transport.connect(context)
        return {
          ...connection,
          attach: (name, after, sink, signal) => connection.attach(name, after, { ...sink, head() {} }, signal),
        }
      },
    }
    const seqs: number[] = []
    const subscriber = createSubscriber({ ...wire.options, transport: deaf })
    subscriber.subscribe(topic, { event: ({ seq }) => void seqs.push(seq), gap() {} })
    await wire.settled()
    wire.lose(1)
    emit(wire, 1)
    await wire.clock.advance(15_000)
    expect(seqs).toEqual([])
    await wire.clock.advance(11_000)
    expect(seqs).toEqual([1])
  })
})

describe('what an app shows', () => {
  it('the connection: why it is suspended, each time that changes, and how long it waits', async () => {
    const wire = createTestWire()
    const subscriber = createSubscriber({ ...wire.options, backoff: { delaysMs: [2000], jitter: false } })
    subscriber.subscribe(topic, { event() {}, gap() {} })
    await wire.settled()
    const told: string[] = []
    subscriber.on('state', ({ state, suspendedBy }) => void told.push([state, ...suspendedBy].join(' ')))
    wire.offline()
    wire.background()
    wire.offline(false)
    wire.background(false)
    await wire.settled()
    expect(told).toEqual([
      'suspended offline',
      'suspended offline background',
      'suspended background',
      'connecting',
      'online',
    ])
    wire.cut()
    await wire.clock.advance(500)
    expect(subscriber.connection).toMatchObject({ state: 'waiting', retryInMs: expect.closeTo(1500, -2) })
    await subscriber.close()
  })

  it('when the other side was last heard, by the wall clock, and that the app woke', async () => {
    const wire = createTestWire()
    let slept = 0
    const clock = { ...wire.clock, wall: () => wire.clock.wall() + slept }
    let on: LifecycleEvents | undefined
    const lifecycle: Lifecycle = {
      watch(events) {
        on = events
        return () => {}
      },
    }
    const subscriber = createSubscriber({ ...wire.options, clock, lifecycle })
    expect(subscriber.connection.heardAt).toBeUndefined()
    subscriber.subscribe(topic, { event() {}, gap() {} })
    await wire.settled()
    const online = clock.wall()
    expect(subscriber.connection.heardAt).toBe(online)
    const woke: string[] = []
    const stop = subscriber.on('woke', () => void woke.push(subscriber.state))
    slept = 3_600_000
    wire.cut()
    await wire.settled()
    expect(subscriber.connection).toMatchObject({ state: 'waiting', heardAt: online })
    on?.woke()
    stop()
    on?.woke()
    await wire.settled()
    expect([woke, subscriber.connection.heardAt]).toEqual([['connecting'], clock.wall()])
    await subscriber.close()
  })

  it('[D10] what is begun while the old cursors are purged waits until they are', async () => {
    const wire = createTestWire()
    let purged = (): void => {}
    const purge = () => new Promise<void>((resolve) => (purged = resolve))
    const subscriber = createSubscriber({ ...wire.options, cursors: { ...memoryCursors(), purge } })
    subscriber.subscribe(topic, { event() {}, gap() {} })
    await wire.settled()
    const told: string[] = []
    subscriber.on('identity', () => {
      subscriber.subscribe(topic, { from: 'start', event: () => void told.push('event'), gap() {} })
    })
    emit(wire)
    const changed = subscriber.changeIdentity({ subject: 'ben' }, { purge: true })
    await wire.settled()
    expect(told).toEqual([])
    purged()
    await changed
    await wire.settled()
    expect(told).toEqual(['event'])
    await subscriber.close()
  })

  describe('[D10] with a store that takes half a second', () => {
    function setup() {
      const wire = createTestWire()
      const kept = new Map<string, string>()
      const slow = { advance: false, purge: false }
      const wait = (isSlow: boolean) =>
        isSlow ? new Promise<void>((resolve) => void wire.clock.after(500, resolve)) : undefined
      const cursors: CursorStore = {
        get: async (key) => kept.get(key),
        async advance(key, cursor) {
          await wait(slow.advance)
          kept.set(key, cursor)
        },
        async purge(prefix) {
          await wait(slow.purge)
          for (const key of [...kept.keys()]) if (key.startsWith(prefix)) kept.delete(key)
        },
      }
      const subscriber = createSubscriber({ ...wire.options, identity: { subject: 'ann' }, cursors })
      const seqs: number[] = []
      subscriber.subscribe(topic, { name: 'v', from: 'start', event: ({ seq }) => void seqs.push(seq), gap() {} })
      return { wire, kept, slow, subscriber, seqs }
    }

    it('a cursor that is being written does not come back after it was purged', async () => {
      const { wire, kept, slow, subscriber } = setup()
      await wire.settled()
      slow.advance = true
      emit(wire)
      await wire.settled()
      void subscriber.changeIdentity({ subject: 'ben' }, { purge: true })
      await wire.clock.advance(5000)
      expect([...kept.keys()].filter((key) => key.startsWith('ann/'))).toEqual([])
      await subscriber.close()
    })

    it('who comes back while they are purged goes on from none of the old cursors', async () => {
      const { wire, slow, subscriber, seqs } = setup()
      emit(wire)
      await wire.clock.advance(100)
      slow.purge = true
      void subscriber.changeIdentity({ subject: 'ben' }, { purge: true })
      await wire.settled()
      void subscriber.changeIdentity({ subject: 'ann' })
      await wire.clock.advance(5000)
      expect(seqs).toEqual([1, 1])
      await subscriber.close()
    })
  })

  it('[D10] another identity is told when nothing of the former can come any more, before the new one connects', async () => {
    const wire = createTestWire()
    const subscriber = createSubscriber({ ...wire.options, identity: { subject: 'ann' } })
    subscriber.subscribe(topic, { from: 'start', event: () => void told.push('event'), gap() {} })
    const told: string[] = []
    subscriber.on('identity', ({ identity, purge }) => {
      told.push(`${identity.subject} ${purge} ${subscriber.subject} ${subscriber.state}`)
    })
    emit(wire)
    await wire.settled()
    const changed = subscriber.changeIdentity({ subject: 'ben' }, { purge: true })
    expect(told).toEqual(['event', 'ben true ben connecting'])
    await changed
    await wire.settled()
    expect(told).toHaveLength(3)
    await subscriber.close()
  })
})
