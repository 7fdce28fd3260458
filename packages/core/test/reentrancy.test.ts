import { describe, expect, it, vi } from 'vitest'
import { createSubscriber, memoryCursors, type Subscription, wireError } from '../src/index.ts'
import { createFakeClock, createTestWire } from '../src/testing/index.ts'
import { event, page, puppet } from './puppet.ts'
import { watchUnhandled } from './unhandled.ts'

const topic = 'job:1'
const unhandled = watchUnhandled()

describe('what happens inside callbacks', () => {
  it('[C7] a subscriber that was closed by a state listener takes no further subscription', async () => {
    const wire = puppet()
    const clock = createFakeClock()
    const subscriber = createSubscriber({ transport: wire.transport, clock })
    let thrown: unknown
    subscriber.on('state', ({ state }) => {
      if (state !== 'connecting') return
      void subscriber.close()
      try {
        subscriber.subscribe('job:2', { event() {}, gap() {} })
      } catch (error) {
        thrown = error
      }
      void subscriber.history('job:2').catch(() => {})
    })
    subscriber.subscribe(topic, { event() {}, gap() {} })
    await clock.settle()
    expect(thrown).toMatchObject({ code: 'closed' })
    expect(subscriber.stats().subscriptions).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('[D3][D2] a wire that speaks while a handler runs keeps the order and the cursor', async () => {
    const wire = puppet()
    const clock = createFakeClock()
    const subscriber = createSubscriber({ transport: wire.transport, clock })
    const seqs: number[] = []
    let nested = false
    const subscription = subscriber.subscribe(topic, {
      from: 'start',
      event({ seq }) {
        seqs.push(seq)
        if (nested) return
        nested = true
        wire.sinks[0]?.events([event(6)])
      },
      gap() {},
    })
    await clock.settle()
    wire.sinks[0]?.events([event(1), event(2), { epoch: 'e', skip: [3, 5] }])
    await clock.settle()
    expect(seqs).toEqual([1, 2, 6])
    expect(subscription.cursor).toMatch(/^6~/)
  })

  it('[D3] a wire that speaks while the end of a doubt is told keeps the order', async () => {
    let head = 3
    const wire = puppet(() => head)
    const clock = createFakeClock()
    const subscriber = createSubscriber({ transport: wire.transport, clock })
    const seqs: number[] = []
    let doubted = false
    subscriber.subscribe(topic, {
      from: 'start',
      event: ({ seq }) => void seqs.push(seq),
      gap() {},
      status(status) {
        if (status === 'delayed') doubted = true
        if (doubted && status === 'live') {
          doubted = false
          wire.sinks[0]?.events([event(6)])
        }
      },
    })
    await clock.settle()
    wire.read = async () => page(1, 1)
    wire.sinks[0]?.head()
    await clock.settle()
    wire.read = async ({ after }) => page(head, after?.seq)
    head = 5
    await clock.advance(1000)
    expect(seqs).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('[D7b] an async status handler, error handler or listener that rejects breaks nothing', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
    const wire = puppet(() => 1)
    const clock = createFakeClock()
    const subscriber = createSubscriber({ transport: wire.transport, clock })
    subscriber.subscribe(topic, {
      event() {
        throw new Error('handler')
      },
      gap() {},
      from: 'start',
      status: async () => {
        throw new Error('status')
      },
      error: async () => {
        throw new Error('error')
      },
    })
    await clock.settle()
    expect(unhandled).toEqual([])
    expect(logged).toHaveBeenCalledTimes(1)
    logged.mockRestore()
  })

  it('[D9] does not tell an error to a subscription that a listener has just ended', async () => {
    const wire = puppet(() => 1)
    const clock = createFakeClock()
    const subscriber = createSubscriber({ transport: wire.transport, clock })
    const errors: unknown[] = []
    const subscription: Subscription = subscriber.subscribe(topic, {
      from: 'start',
      event() {
        throw new Error('handler')
      },
      gap() {},
      error: (error) => void errors.push(error),
    })
    subscriber.on('error', () => subscription.unsubscribe())
    await clock.settle()
    expect(errors).toEqual([])
  })

  it('[C1] tells a status once, also if the wire loses the topic while it attaches', async () => {
    const wire = puppet(() => 1)
    const clock = createFakeClock()
    const subscriber = createSubscriber({ transport: wire.transport, clock, random: () => 0.5 })
    const statuses: string[] = []
    wire.attach = (_, sink) => {
      sink.lost(wireError('retry', 'unavailable', 'not now'))
      return new Promise(() => {})
    }
    subscriber.subscribe(topic, { event() {}, gap() {}, status: (status) => void statuses.push(status), error() {} })
    await clock.settle()
    expect(statuses).toEqual(['delayed'])
    await subscriber.close()
    expect(clock.pending).toBe(0)
  })

  it('[C8] ignores a sink that is called while its attach is given up', async () => {
    const wire = puppet(() => 1)
    const clock = createFakeClock()
    const subscriber = createSubscriber({ transport: wire.transport, clock })
    const told: string[] = []
    wire.attach = async (_, sink, signal) => {
      signal.addEventListener('abort', () => sink.lost(wireError('refused', 'forbidden', 'detached')))
      return page(1, 1)
    }
    const subscription = subscriber.subscribe(topic, {
      event() {},
      gap() {},
      status: (status) => void told.push(status),
      error: ({ code }) => void told.push(code),
    })
    await clock.settle()
    told.length = 0
    subscription.unsubscribe()
    expect(told).toEqual([])
  })

  it('[D10a] a refusal drops what is queued, also if the app asks again at once', async () => {
    const wire = puppet(() => 3)
    const clock = createFakeClock()
    const subscriber = createSubscriber({ transport: wire.transport, clock })
    const seqs: number[] = []
    let release = (): void => {}
    const errors: string[] = []
    subscriber.subscribe(topic, {
      from: 'start',
      event({ seq }) {
        seqs.push(seq)
        return new Promise<void>((resolve) => {
          release = resolve
        })
      },
      gap() {},
      status(status) {
        if (status === 'refused') subscriber.retry()
      },
      error: ({ code }) => void errors.push(code),
    })
    await clock.settle()
    wire.attach = () => new Promise(() => {})
    wire.sinks[0]?.lost(wireError('refused', 'forbidden', 'no more'))
    release()
    await clock.settle()
    expect(seqs).toEqual([1])
    expect(errors).toEqual(['forbidden'])
  })

  it('[D2] an event whose handler is busy while the right is lost does not come again', async () => {
    const wire = puppet(() => 3)
    const clock = createFakeClock()
    const subscriber = createSubscriber({ transport: wire.transport, clock })
    const seqs: number[] = []
    const releases: (() => void)[] = []
    subscriber.subscribe(topic, {
      from: 'start',
      event({ seq }) {
        seqs.push(seq)
        return new Promise<void>((resolve) => releases.push(resolve))
      },
      gap() {},
      error() {},
    })
    await clock.settle()
    wire.sinks[0]?.lost(wireError('refused', 'forbidden', 'no more'))
    await clock.settle()
    const { attach } = wire
    wire.attach = async () => page(1, 1)
    subscriber.retry()
    releases[0]?.()
    await clock.settle()
    wire.sinks[1]?.lost(wireError('refused', 'forbidden', 'still no more'))
    wire.attach = attach
    subscriber.retry()
    await clock.settle()
    expect(seqs).toEqual([1, 2])
    for (let n = 1; n < 3; n += 1) {
      releases[n]?.()
      await clock.settle()
    }
    expect(seqs).toEqual([1, 2, 3])
  })

  it('[D2] a subscription made while an identity is changed is not started twice', async () => {
    const wire = puppet(() => 3)
    const clock = createFakeClock()
    const cursors = memoryCursors()
    let purged = (): void => {}
    const subscriber = createSubscriber({
      transport: wire.transport,
      clock,
      cursors: { ...cursors, purge: () => new Promise<void>((resolve) => (purged = resolve)) },
    })
    subscriber.subscribe('job:0', { event() {}, gap() {} })
    await clock.settle()
    const changed = subscriber.changeIdentity({ subject: 'b' }, { purge: true })
    const seqs: number[] = []
    subscriber.subscribe(topic, { from: 'start', event: ({ seq }) => void seqs.push(seq), gap() {} })
    await clock.settle()
    purged()
    await changed
    await clock.settle()
    expect(seqs).toEqual([1, 2, 3])
  })

  it('[C8] nothing of the old identity is attached while the new one looks for its cursor', async () => {
    const wire = puppet(() => 3)
    const clock = createFakeClock()
    const found: ((cursor: undefined) => void)[] = []
    const subscriber = createSubscriber({
      transport: wire.transport,
      clock,
      cursors: { ...memoryCursors(), get: () => new Promise((resolve) => found.push(resolve)) },
    })
    const seqs: number[] = []
    subscriber.subscribe(topic, { name: 'x', from: 'start', event: ({ seq }) => void seqs.push(seq), gap() {} })
    await clock.settle()
    found[0]?.(undefined)
    await clock.settle()
    expect(seqs).toEqual([1, 2, 3])
    await subscriber.changeIdentity({ subject: 'b' })
    await clock.settle()
    expect(wire.signals.filter(({ aborted }) => !aborted)).toHaveLength(0)
    found[1]?.(undefined)
    await clock.settle()
    expect(seqs).toEqual([1, 2, 3, 1, 2, 3])
    expect(wire.signals.filter(({ aborted }) => !aborted)).toHaveLength(1)
  })

  it('[C3] retry() asks a refused topic again, also when it has to connect first', async () => {
    const wire = createTestWire()
    const subscriber = createSubscriber({ ...wire.options })
    wire.forbid(topic)
    const subscription = subscriber.subscribe(topic, { event() {}, gap() {}, error() {} })
    await wire.settled()
    expect(subscription.status).toBe('refused')
    wire.cut()
    await wire.settled()
    expect(subscriber.state).toBe('waiting')
    wire.forbid(topic, false)
    subscriber.retry()
    await wire.settled()
    await wire.settled()
    expect(subscription.status).toBe('live')
  })
})
