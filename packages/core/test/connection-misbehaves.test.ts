import { describe, expect, it } from 'vitest'
import { createSubscriber } from '../src/index.ts'
import { createFakeClock } from '../src/testing/index.ts'
import { puppet } from './puppet.ts'
import { watchUnhandled } from './unhandled.ts'

const topic = 'job:1'
const unhandled = watchUnhandled()

describe('a connection that misbehaves', () => {
  it('[C8b] takes a `closed` that rejects for an end', async () => {
    const wire = puppet()
    const clock = createFakeClock()
    const subscriber = createSubscriber({ transport: wire.transport, clock })
    let fail = (_: Error): void => {}
    wire.closed = () => new Promise((_, reject) => (fail = reject))
    subscriber.subscribe(topic, { event() {}, gap() {} })
    await clock.settle()
    expect(subscriber.state).toBe('online')
    fail(new Error('socket hang up'))
    await clock.settle()
    expect(subscriber.state).toBe('waiting')
    expect(unhandled).toEqual([])
  })

  it('[C4][C8] what a stale connection hears does not keep the present one alive', async () => {
    const wire = puppet()
    const clock = createFakeClock()
    const subscriber = createSubscriber({ transport: wire.transport, clock, callDeadlineMs: 1000, random: () => 0.99 })
    subscriber.subscribe(topic, { event() {}, gap() {} })
    await clock.settle()
    wire.cut()
    wire.attach = () => new Promise(() => {})
    await clock.advance(1000)
    expect(subscriber.state).toBe('online')
    const stale = wire.contexts[0]
    for (let n = 0; n < 12; n += 1) {
      await clock.advance(100)
      stale?.heard()
    }
    expect(subscriber.state).not.toBe('online')
  })

  it('[C7] closes a connection that opened in the moment of being given up', async () => {
    for (let ticks = 0; ticks < 12; ticks += 1) {
      const wire = puppet()
      const clock = createFakeClock()
      const subscriber = createSubscriber({ transport: wire.transport, clock })
      const { connect } = wire
      let opened = 0
      wire.connect = async (context) => {
        const connection = await connect(context)
        opened += 1
        return connection
      }
      subscriber.subscribe(topic, { event() {}, gap() {} })
      for (let n = 0; n < ticks; n += 1) await Promise.resolve()
      void subscriber.close()
      await clock.settle()
      expect([ticks, wire.closes]).toEqual([ticks, opened])
    }
  })

  it('[C7] leaves no audit behind when a listener closes the subscriber as it comes online', async () => {
    const wire = puppet(() => 1, { heads: false })
    const clock = createFakeClock()
    const subscriber = createSubscriber({ transport: wire.transport, clock })
    wire.attach = () => {
      void subscriber.close()
      return new Promise(() => {})
    }
    subscriber.subscribe(topic, { event() {}, gap() {} })
    await clock.settle()
    await clock.advance(60_000)
    expect(clock.pending).toBe(0)
  })
})
