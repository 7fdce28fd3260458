import { describe, expect, it } from 'vitest'
import { type CursorStore, createSubscriber, memoryCursors } from '../src/index.ts'
import { createFakeClock, createTestWire } from '../src/testing/index.ts'
import { puppet } from './puppet.ts'

const topic = 'job:1'

function follow(wire: ReturnType<typeof createTestWire>, cursors: CursorStore, told: (number | string)[] = []) {
  const subscriber = createSubscriber({ ...wire.options, cursors })
  subscriber.subscribe(topic, {
    name: 'x',
    from: 'start',
    event: ({ seq }) => void told.push(seq),
    gap() {},
    error: ({ code }) => void told.push(code),
  })
  return { subscriber, told }
}

describe('a cursor store that misbehaves', () => {
  it('[D5a] that never answers is reported after the deadline of a call, and `from` holds', async () => {
    const wire = createTestWire()
    wire.emit(topic, 'progress', 1)
    const { told, subscriber } = follow(wire, { ...memoryCursors(), get: () => new Promise(() => {}) })
    await wire.settled()
    await wire.clock.advance(10_100)
    expect(told).toEqual(['cursor_store_failed', 1])
    await subscriber.close()
  })

  it('[C7] that never answers leaves no timer behind', async () => {
    const wire = puppet()
    const clock = createFakeClock()
    const subscriber = createSubscriber({
      transport: wire.transport,
      clock,
      cursors: { ...memoryCursors(), get: () => new Promise(() => {}) },
    })
    subscriber.subscribe(topic, { name: 'x', event() {}, gap() {} })
    await clock.settle()
    await subscriber.close()
    expect(clock.pending).toBe(0)
  })

  it('[D5a] that holds no cursor at the key is repaired by the next one', async () => {
    const wire = createTestWire()
    const cursors = memoryCursors()
    await cursors.advance(`/x/${topic}`, 'rubbish')
    wire.emit(topic, 'progress', 1)
    const { told } = follow(wire, cursors)
    await wire.settled()
    expect(told).toEqual(['cursor_store_failed', 1])
    expect(await cursors.get(`/x/${topic}`)).toMatch(/^1~/)
  })

  it('[D5a] that throws at once, in every method, holds nothing up', async () => {
    const wire = createTestWire()
    const fail = (): never => {
      throw new Error('no store')
    }
    wire.emit(topic, 'progress', 1)
    const { told, subscriber } = follow(wire, { get: fail, advance: fail, purge: fail })
    await wire.settled()
    expect(told.filter((entry) => typeof entry === 'number')).toEqual([1])
    subscriber.on('error', () => {})
    await subscriber.changeIdentity({ subject: 'b' }, { purge: true })
    await wire.settled()
    expect(told.filter((entry) => typeof entry === 'number')).toEqual([1, 1])
  })

  it('[D5a] that hangs keeps nobody from becoming somebody else', async () => {
    const wire = createTestWire()
    const hang = () => new Promise<never>(() => {})
    wire.emit(topic, 'progress', 1)
    const { told, subscriber } = follow(wire, { get: async () => undefined, advance: hang, purge: hang })
    await wire.settled()
    void subscriber.changeIdentity({ subject: 'b' }, { purge: true })
    await wire.clock.advance(60_000)
    expect(told.filter((entry) => typeof entry === 'number')).toEqual([1, 1])
    expect(told).toContain('cursor_store_failed')
  })

  it('[D2a] that is slow is never given a cursor beyond what was handled', async () => {
    const wire = createTestWire()
    const handled = [0]
    const store = memoryCursors()
    const beyond: string[] = []
    const subscriber = createSubscriber({
      ...wire.options,
      cursors: {
        ...store,
        async advance(key, cursor, options) {
          if (Number.parseInt(cursor, 10) > (handled.at(-1) ?? 0)) beyond.push(cursor)
          await new Promise<void>((resolve) => wire.clock.after(7, resolve))
          return store.advance(key, cursor, options)
        },
      },
    })
    subscriber.subscribe(topic, {
      name: 'x',
      from: 'start',
      async event({ seq }) {
        await new Promise<void>((resolve) => wire.clock.after(3, resolve))
        handled.push(seq)
      },
      gap() {},
    })
    for (let n = 0; n < 20; n += 1) wire.emit(topic, 'progress', n)
    for (let n = 0; n < 50; n += 1) await wire.clock.advance(10)
    expect(beyond).toEqual([])
    expect(await store.get(`/x/${topic}`)).toMatch(/^20~/)
  })
})

describe('a long life', () => {
  it('[C7][D8] leaves neither timers nor attaches behind over 2,000 reconnects', async () => {
    const wire = puppet(() => 3, { heads: false })
    const clock = createFakeClock()
    const subscriber = createSubscriber({
      transport: wire.transport,
      clock,
      backoff: { maxAttempts: Number.POSITIVE_INFINITY },
    })
    const seqs: number[] = []
    for (const from of ['start', 'now'] as const)
      subscriber.subscribe(topic, { from, event: ({ seq }) => void seqs.push(seq), gap() {} })
    await clock.settle()
    const timers = clock.pending
    for (let n = 0; n < 2000; n += 1) {
      wire.cut()
      await clock.settle()
      subscriber.retry()
      await clock.settle()
    }
    expect(subscriber.state).toBe('online')
    expect(seqs).toEqual([1, 2, 3])
    expect(clock.pending).toBe(timers)
    expect(wire.signals.filter(({ aborted }) => !aborted)).toHaveLength(2)
    expect(wire.closes).toBe(2000)
    await subscriber.close()
    expect(clock.pending).toBe(0)
  })
})
