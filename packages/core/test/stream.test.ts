import { describe, expect, it } from 'vitest'
import { createSubscriber, memoryCursors, wireError } from '../src/index.ts'
import { createFakeClock, createTestWire } from '../src/testing/index.ts'
import { page, puppet } from './puppet.ts'

const topic = 'job:1'

function setup() {
  const wire = createTestWire()
  const subscriber = createSubscriber({ ...wire.options })
  return { wire, subscriber }
}

function emit(wire: ReturnType<typeof createTestWire>, count: number) {
  for (let n = 1; n <= count; n += 1) wire.emit(topic, 'progress', n)
}

describe('a stream', () => {
  it('[D3] answers every next() that waits, in their order', async () => {
    const { wire, subscriber } = setup()
    const stream = subscriber.stream(topic, { from: 'start', gaps: 'throw' })
    const both = Promise.all([stream.next(), stream.next(), stream.next()])
    await wire.settled()
    emit(wire, 3)
    await wire.settled()
    const seqs = (await both).map(({ value }) => value?.seq)
    expect(seqs).toEqual([1, 2, 3])
  })

  it('[D9] ends every next() that waits when it is returned', async () => {
    const { wire, subscriber } = setup()
    const stream = subscriber.stream(topic, { gaps: 'throw' })
    const waiting = [stream.next(), stream.next()]
    await wire.settled()
    await stream.return?.()
    expect(await Promise.all(waiting)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ])
  })

  it('[C7] ends when its subscriber is closed', async () => {
    const { wire, subscriber } = setup()
    const stream = subscriber.stream(topic, { gaps: 'throw' })
    const waiting = stream.next()
    await wire.settled()
    await subscriber.close()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(await stream.next()).toEqual({ done: true, value: undefined })
  })

  it('[D9] gives nothing more after it was aborted', async () => {
    const { wire, subscriber } = setup()
    const abort = new AbortController()
    const stream = subscriber.stream(topic, { from: 'start', gaps: 'throw', signal: abort.signal })
    emit(wire, 2)
    await wire.settled()
    abort.abort()
    expect(await stream.next()).toEqual({ done: true, value: undefined })
  })

  it('[D10] does not hand out what waited for another identity', async () => {
    const { wire, subscriber } = setup()
    const stream = subscriber.stream(topic, { from: 'start', gaps: 'throw' })
    emit(wire, 2)
    await wire.settled()
    wire.hide(({ seq }) => seq === 1)
    await subscriber.changeIdentity({ subject: 'other' })
    const next = stream.next()
    await wire.settled()
    expect((await next).value?.seq).toBe(2)
  })

  it('[D10a] fails with the refusal, and not with what was queued before it', async () => {
    const wire = puppet(() => 3)
    const clock = createFakeClock()
    const subscriber = createSubscriber({ transport: wire.transport, clock })
    const stream = subscriber.stream(topic, { from: 'start', gaps: 'throw' })
    await clock.settle()
    wire.sinks[0]?.lost(wireError('refused', 'forbidden', 'no more'))
    await clock.settle()
    await expect(stream.next()).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('[D2a] moves its cursor past an event only when the next one is asked for', async () => {
    const wire = createTestWire()
    const cursors = memoryCursors()
    const subscriber = createSubscriber({ ...wire.options, cursors })
    const stream = subscriber.stream(topic, { from: 'start', gaps: 'throw', name: 'reader' })
    emit(wire, 3)
    const first = stream.next()
    await wire.settled()
    expect((await first).value?.seq).toBe(1)
    await wire.settled()
    expect(await cursors.get(`/reader/${topic}`)).toMatch(/^0~/)
    await stream.next()
    await wire.settled()
    expect(await cursors.get(`/reader/${topic}`)).toMatch(/^1~/)
  })

  it('[C7] leaves no listener on the signal it was given, however it ends', async () => {
    const { wire, subscriber } = setup()
    const abort = new AbortController()
    let listening = 0
    const { signal } = abort
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listening += 1
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listening -= 1
      remove(...args)
    }
    wire.emit(topic, 'progress', 1, { final: true })
    const seen: number[] = []
    const run = (async () => {
      for await (const { seq } of subscriber.stream(topic, { from: 'start', gaps: 'throw', signal })) seen.push(seq)
    })()
    await wire.settled()
    await wire.settled()
    await run
    expect(seen).toEqual([1])
    expect(listening).toBeLessThanOrEqual(0)
  })

  it('[E4a] logs an event that its validator choked on, since nobody else would hear of it', async () => {
    const wire = puppet()
    const clock = createFakeClock()
    const subscriber = createSubscriber({ transport: wire.transport, clock })
    const logged: unknown[] = []
    const { error } = console
    console.error = (text: unknown) => void logged.push(text)
    try {
      const bad = {
        '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'bad' }] }) },
      } as const
      const family = { name: topic, schemas: { progress: bad }, maxBytes: 1000, oversize: 'refuse' } as const
      void subscriber.stream(family, { from: 'start', gaps: 'throw' }).next()
      wire.attach = async () => page(2)
      await clock.settle()
    } finally {
      console.error = error
    }
    expect(logged).toHaveLength(1)
    expect(String(logged[0])).toContain('invalid_data')
  })
})
