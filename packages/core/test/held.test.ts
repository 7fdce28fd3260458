import { describe, expect, it } from 'vitest'
import {
  createSubscriber,
  defineTopic,
  type Gap,
  type LifecycleEvents,
  type SubscribeOptions,
  type SubscriberOptions,
} from '../src/index.ts'
import { createTestWire } from '../src/testing/index.ts'

const topic = 'job:1'

function setup(options: Partial<SubscribeOptions> = {}, more: Partial<SubscriberOptions> = {}) {
  const wire = createTestWire()
  let lifecycle: LifecycleEvents | undefined
  const subscriber = createSubscriber({
    ...wire.options,
    ...more,
    lifecycle: {
      watch(on) {
        lifecycle = on
        return () => {}
      },
    },
  })
  const told: (number | string)[] = []
  const follow = () =>
    subscriber.subscribe(topic, {
      from: 'start',
      event: ({ seq }) => void told.push(seq),
      gap: ({ reason }: Gap) => void told.push(reason),
      ...options,
    })
  const emit = (count: number) => {
    for (let index = 0; index < count; index += 1) wire.emit(topic, 'tick', {})
  }
  return { wire, subscriber, told, follow, emit, lifecycle: lifecycle as unknown as LifecycleEvents }
}

describe('an app that is held', () => {
  it('[C6b] stays connected and is told nothing; released, it is told what came, in order and before what comes', async () => {
    const { wire, subscriber, told, follow, emit, lifecycle } = setup()
    follow()
    emit(2)
    await wire.settled()
    lifecycle.held()
    emit(3)
    await wire.settled()
    expect(told).toEqual([1, 2])
    expect(subscriber.state).toBe('online')
    lifecycle.released()
    emit(1)
    await wire.settled()
    expect(told).toEqual([1, 2, 3, 4, 5, 6])
    expect(subscriber.stats()).toMatchObject({ connections: 1 })
  })

  it('[C6b] holds a subscription that is made meanwhile, with its verdict', async () => {
    const { wire, told, follow, emit, lifecycle } = setup()
    lifecycle.held()
    emit(2)
    const subscription = follow()
    await wire.settled()
    expect(told).toEqual([])
    expect(subscription.continuity).toBeUndefined()
    lifecycle.released()
    await wire.settled()
    expect(told).toEqual([1, 2])
    expect(subscription.continuity).toEqual({ kind: 'fresh', count: 2 })
  })

  it('[C6b] [D8] leaves in the log what is above the buffer, over a cut too', async () => {
    const { wire, told, follow, emit, lifecycle } = setup({ buffer: 10 })
    follow()
    await wire.settled()
    lifecycle.held()
    emit(50)
    await wire.settled()
    wire.cut()
    await wire.clock.advance(2000)
    emit(50)
    await wire.settled()
    expect(told).toEqual([])
    lifecycle.released()
    await wire.settled()
    expect(told).toEqual(Array.from({ length: 100 }, (_, index) => index + 1))
  })

  it('[C6b] stops between two events of a batch when a handler brings it about', async () => {
    const { wire, told, follow, emit, lifecycle } = setup({
      event: ({ seq }) => {
        told.push(seq)
        if (seq === 2) lifecycle.held()
      },
    })
    emit(4)
    follow()
    await wire.settled()
    expect(told).toEqual([1, 2])
    lifecycle.released()
    await wire.settled()
    expect(told).toEqual([1, 2, 3, 4])
  })

  it('[C6b] waits with an event whose validator was busy when the hold began, and forgets it when unsubscribed', async () => {
    const validators: (() => void)[] = []
    const slow = defineTopic('job:{id}', {
      tick: {
        '~standard': {
          version: 1,
          vendor: 'test',
          validate: (value: unknown) =>
            new Promise<{ value: unknown }>((resolve) => validators.push(() => resolve({ value }))),
        },
      },
    })
    const { wire, subscriber, told, emit, lifecycle } = setup()
    const follow = () =>
      subscriber.subscribe(slow({ id: '1' }), {
        from: 'start',
        event: ({ seq }) => void told.push(seq),
        gap() {},
      })
    const [released, left] = [follow(), follow()]
    emit(1)
    await wire.settled()
    lifecycle.held()
    for (const validated of validators) validated()
    await wire.settled()
    expect(told).toEqual([])
    left.unsubscribe()
    lifecycle.released()
    await wire.settled()
    expect(told).toEqual([1])
    expect(released.status).toBe('live')
  })
})
