import {
  createEmitter,
  createSubscriber,
  type Draft,
  defineTopic,
  type EmitterOptions,
  type Observation,
  wireError,
} from '@steadywire/core'
import { createFakeClock, createTestLog, createTestWire } from '@steadywire/core/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'

const session = defineTopic('session:{sessionId}', {
  thinking: z.object({ iteration: z.number().int(), toolsUsed: z.array(z.string()).default([]) }),
  terminal: z.object({ command: z.string(), output: z.string().default('') }),
})
const topic = session({ sessionId: 'a' })
const lost = () => wireError('retry', 'connection_lost', 'The line broke')

type Append = (topic: string, drafts: readonly Draft[]) => ReturnType<ReturnType<typeof createTestLog>['append']>

function setup(options: Partial<EmitterOptions> = {}) {
  const clock = createFakeClock()
  const log = createTestLog(() => clock.wall())
  const calls: { topic: string; ids: string[] }[] = []
  const faults: ((append: () => ReturnType<Append>, drafts: readonly Draft[]) => unknown)[] = []
  let next = 0
  const emitter = createEmitter({
    to: {
      keyWindowMs: 600_000,
      async append(name, drafts) {
        calls.push({ topic: name, ids: drafts.map(({ id }) => id) })
        const append = () => log.append(name, drafts)
        const fault = faults.shift()
        return (fault ? await fault(append, drafts) : append()) as ReturnType<Append>
      },
    },
    clock,
    random: () => 1,
    id: () => `id-${String(++next).padStart(8, '0')}`,
    ...options,
  })
  const events = (name = topic.name) => log.read(name, { limit: 10_000 }).events
  return { emitter, clock, log, calls, faults, events }
}

afterEach(() => void vi.restoreAllMocks())

describe('emit', () => {
  it('[E1] resolves after the log has the event, with its position', async () => {
    const { emitter, faults, events } = setup()
    let release = () => {}
    faults.push((append) => new Promise((resolve) => (release = () => resolve(append()))))
    const done = vi.fn()
    const emitted = emitter.emit(topic, 'thinking', { iteration: 1 })
    void emitted.then(done)
    await vi.waitFor(() => expect(emitter.stats().queued).toBe(1))
    expect(done).not.toHaveBeenCalled()
    await vi.waitFor(() => expect(faults).toHaveLength(0))
    release()
    expect(await emitted).toMatchObject({ position: { seq: 1 }, duplicate: false })
    expect(events()).toHaveLength(1)
  })

  it('[E2] answers a second emit of a key with the position of the first', async () => {
    const { emitter, events } = setup()
    const first = await emitter.emit(topic, 'thinking', { iteration: 1 }, { key: 'k' })
    const second = await emitter.emit(topic, 'thinking', { iteration: 1 }, { key: 'k' })
    expect(second).toEqual({ position: first.position, duplicate: true })
    expect(events()).toHaveLength(1)
    expect(emitter.stats()).toMatchObject({ appended: 1, duplicates: 1, queued: 0 })
  })

  it('[E2] makes one event of an append whose answer was lost, and does not call it a duplicate', async () => {
    const { emitter, clock, calls, faults, events } = setup()
    faults.push((append) => {
      append()
      throw lost()
    })
    const emitted = emitter.emit(topic, 'thinking', { iteration: 1 })
    await clock.advance(250)
    expect(await emitted).toMatchObject({ position: { seq: 1 }, duplicate: false })
    expect(events()).toHaveLength(1)
    expect(calls[0]).toEqual(calls[1])
  })

  it('[E3] keeps the call order, retries and slow validators included', async () => {
    const slow = defineTopic('slow:{id}', {
      slow: z.object({ n: z.number() }).refine(() => clock.settle().then(() => true)),
      quick: z.object({ n: z.number() }),
    })
    const { emitter, clock, faults, events } = setup()
    faults.push(() => Promise.reject(lost()))
    const name = slow({ id: 1 })
    const all = Promise.all([
      emitter.emit(name, 'slow', { n: 1 }),
      emitter.emit(name, 'quick', { n: 2 }),
      emitter.emit(name, 'slow', { n: 3 }),
      emitter.emit(name, 'quick', { n: 4 }),
    ])
    for (let turn = 0; turn < 5; turn++) await clock.advance(250)
    await all
    expect(events('slow:1').map(({ data }) => data)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }])
  })

  it('[E3] has one append per topic under way and batches what waits', async () => {
    const { emitter, calls } = setup()
    const n = 250
    await Promise.all(Array.from({ length: n }, (_, i) => emitter.emit(topic, 'thinking', { iteration: i })))
    expect(calls.map(({ ids }) => ids.length)).toEqual([100, 100, 50])
  })

  it('keeps a batch within its bytes', async () => {
    const { emitter, calls } = setup({ batch: { maxBytes: 100 } })
    const output = 'x'.repeat(40)
    await Promise.all([1, 2, 3].map(() => emitter.emit(topic, 'terminal', { command: 'c', output })))
    expect(calls.map(({ ids }) => ids.length)).toEqual([1, 1, 1])
  })

  it('[E3] splits a batch with a refused draft in order, so that the others go through', async () => {
    const { emitter, faults, events } = setup()
    const bad = new Set([3, 17])
    const judge = (append: () => unknown, drafts: readonly Draft[]) => {
      faults.push(judge)
      if (drafts.some(({ data }) => bad.has((data as { iteration: number }).iteration)))
        throw wireError('refused', 'invalid_draft', 'Not this one')
      return append()
    }
    faults.push(judge)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 32 }, (_, iteration) => emitter.emit(topic, 'thinking', { iteration })),
    )
    expect(outcomes.flatMap(({ status }, i) => (status === 'rejected' ? [i] : []))).toEqual([3, 17])
    const order = events().map(({ data }) => (data as { iteration: number }).iteration)
    expect(order).toEqual(Array.from({ length: 32 }, (_, i) => i).filter((i) => !bad.has(i)))
  })

  it('does not split what the caller may not do at all', async () => {
    const { emitter, calls, faults } = setup()
    faults.push(() => Promise.reject(wireError('refused', 'forbidden', 'Not you')))
    const outcomes = await Promise.allSettled([1, 2, 3].map((n) => emitter.emit(topic, 'thinking', { iteration: n })))
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
    expect(calls).toHaveLength(1)
  })

  it('[E4] names the path of the wrong field, the type and the topic, and sends nothing', async () => {
    const { emitter, calls } = setup()
    const wrong = { iteration: 'one' } as unknown as { iteration: number }
    await expect(emitter.emit(topic, 'thinking', wrong)).rejects.toMatchObject({
      code: 'invalid_data',
      message: expect.stringMatching(/data\.iteration .*thinking .*session:a/),
      topic: 'session:a',
    })
    await expect(emitter.emit(topic, 'thinkin' as 'thinking', { iteration: 1 })).rejects.toMatchObject({
      code: 'invalid_type',
      hint: expect.stringContaining("'thinking'"),
    })
    expect(calls).toHaveLength(0)
  })

  it('[E4] sends the data as it was given, so that the reader can parse it again', async () => {
    const { emitter, events } = setup()
    const given = { iteration: 1, toolsUsed: ['a'] }
    const emitted = emitter.emit(topic, 'thinking', given)
    given.toolsUsed.push('changed after the call')
    await emitted
    await emitter.emit(topic, 'thinking', { iteration: 2 })
    expect(events().map(({ data }) => data)).toEqual([{ iteration: 1, toolsUsed: ['a'] }, { iteration: 2 }])
  })

  it.each([
    ['undefined', undefined, 'data is undefined'],
    ['a function', { a: () => {} }, 'data.a is a function'],
    ['a BigInt', { a: [1n] }, 'data.a.0 is a bigint'],
    ['NaN', { a: Number.NaN }, 'data.a is NaN'],
    ['a hole in an array', { a: [undefined] }, 'data.a.0 is undefined'],
    ['a date', { a: new Date(0) }, 'data.a is an object of type Date'],
    ['a map', new Map(), 'data is an object of type Map'],
    ['a cycle', cycle(), 'within itself'],
  ])('[E4] refuses %s, which is not JSON', async (_, data, message) => {
    const { emitter } = setup()
    const failure = emitter.emit('plain', 'any', data)
    await expect(failure).rejects.toMatchObject({ code: 'invalid_data', message: expect.stringContaining(message) })
  })

  it('[E5] refuses data over the cap, counted in UTF-8, with a hint', async () => {
    const small = defineTopic('small:{id}', { text: z.string() }, { maxBytes: 8 })
    const { emitter } = setup()
    await emitter.emit(small({ id: 1 }), 'text', 'äää')
    await expect(emitter.emit(small({ id: 1 }), 'text', 'ääää')).rejects.toMatchObject({
      code: 'too_large',
      message: expect.stringContaining('10 bytes'),
      hint: expect.stringContaining('maxBytes'),
    })
    await expect(emitter.emit('plain', 'text', 'x'.repeat(65_535))).rejects.toMatchObject({ code: 'too_large' })
  })

  it('[E5] sends without data, marked truncated, if the family says so', async () => {
    const marked = defineTopic('m:{id}', { text: z.string() }, { maxBytes: 8, oversize: 'mark' })
    const { emitter, events } = setup()
    await emitter.emit(marked({ id: 1 }), 'text', 'x'.repeat(100))
    expect(events('m:1')).toMatchObject([{ type: 'text', truncated: true }])
    expect(events('m:1')[0]).not.toHaveProperty('data')
  })

  it.each([
    { key: '' },
    { key: 'x'.repeat(257) },
    { actor: '' },
    { entity: { type: '' } },
    { entity: { type: 'job', id: '' } },
  ])('refuses %j', async (options) => {
    await expect(setup().emitter.emit('plain', 'any', 1, options)).rejects.toMatchObject({ code: 'invalid_draft' })
  })

  it('obeys retryAfterMs, and backs off otherwise', async () => {
    const { emitter, clock, calls, faults } = setup()
    const slow = () => Promise.reject(wireError('retry', 'rate_limited', 'Slow down', { retryAfterMs: 3000 }))
    faults.push(slow, lost_, lost_)
    const emitted = emitter.emit('plain', 'any', 1)
    await clock.advance(2999)
    expect(calls).toHaveLength(1)
    await clock.advance(1)
    expect(calls).toHaveLength(2)
    await clock.advance(500)
    expect(calls).toHaveLength(3)
    await clock.advance(1000)
    await emitted
    expect(emitter.stats().retries).toBe(3)
    expect(clock.pending).toBe(0)
  })

  it('gives up as unconfirmed if an outcome is unknown, else with the failure itself', async () => {
    const { emitter, clock, faults } = setup({ giveUpAfterMs: 5000 })
    faults.push(...Array.from({ length: 20 }, () => lost_))
    const doubtful = expect(emitter.emit('a', 'any', 1)).rejects.toMatchObject({ code: 'unconfirmed' })
    await clock.advance(20_000)
    await doubtful
    faults.splice(0)
    faults.push(...Array.from({ length: 20 }, () => () => Promise.reject(wireError('retry', 'rate_limited', 'No'))))
    const certain = expect(emitter.emit('b', 'any', 1)).rejects.toMatchObject({ code: 'rate_limited' })
    await clock.advance(20_000)
    await certain
    expect(clock.pending).toBe(0)
  })

  it('[E3] emit/zombie-append-after-give-up: a late append is one event, in its place', async () => {
    const { emitter, clock, faults, events } = setup({ giveUpAfterMs: 5000, deadlineMs: 4000 })
    const zombies: (() => unknown)[] = []
    const hang = (append: () => unknown) => new Promise((resolve) => zombies.push(() => resolve(append())))
    faults.push(hang, hang)
    const first = expect(emitter.emit(topic, 'thinking', { iteration: 1 }, { key: 'one' })).rejects.toMatchObject({
      code: 'unconfirmed',
    })
    await clock.advance(20_000)
    await first
    faults.splice(0)
    expect(events()).toHaveLength(0)
    const again = await emitter.emit(topic, 'thinking', { iteration: 1 }, { key: 'one' })
    await emitter.emit(topic, 'thinking', { iteration: 2 })
    for (const zombie of zombies) zombie()
    await clock.settle()
    expect(events().map(({ data }) => data)).toEqual([{ iteration: 1 }, { iteration: 2 }])
    expect(again).toMatchObject({ duplicate: true, position: { seq: 1 } })
  })

  it('forgets what was given up once the log may have forgotten it', async () => {
    const { emitter, clock, faults, events, calls } = setup({ giveUpAfterMs: 1000 })
    faults.push(...Array.from({ length: 4 }, () => lost_))
    const first = expect(emitter.emit(topic, 'thinking', { iteration: 1 })).rejects.toMatchObject({
      code: 'unconfirmed',
    })
    await clock.advance(5000)
    await first
    faults.splice(0)
    await clock.advance(600_000)
    await emitter.emit(topic, 'thinking', { iteration: 2 })
    expect(calls.at(-1)?.ids).toEqual(['id-00000002'])
    expect(events()).toHaveLength(1)
  })

  it('takes the answer of an attempt that comes after its deadline', async () => {
    const { emitter, clock, calls, faults } = setup({ deadlineMs: 1000, backoff: { delaysMs: [5000] } })
    let answer = () => {}
    faults.push((append) => new Promise((resolve) => (answer = () => resolve(append()))))
    const emitted = emitter.emit('plain', 'any', 1)
    await clock.advance(1500)
    answer()
    expect(await emitted).toMatchObject({ position: { seq: 1 }, duplicate: false })
    expect(calls).toHaveLength(1)
    await clock.settle()
    expect(clock.pending).toBe(0)
  })

  it('[D7] holds up no other topic', async () => {
    const { emitter, faults } = setup()
    faults.push(() => new Promise(() => {}))
    void emitter.emit('stuck', 'any', 1)
    await emitter.emit('free', 'any', 1)
    expect(emitter.stats().queued).toBe(1)
  })

  it('refuses more than maxQueued with limit_reached', async () => {
    const { emitter, faults } = setup({ maxQueued: 2 })
    faults.push(() => new Promise(() => {}))
    void emitter.emit('plain', 'any', 1)
    void emitter.emit('plain', 'any', 2)
    await expect(emitter.emit('plain', 'any', 3)).rejects.toMatchObject({ code: 'limit_reached' })
  })

  it('flushes, and refuses emits once it is closed', async () => {
    const { emitter, events, clock } = setup()
    void emitter.emit(topic, 'thinking', { iteration: 1 })
    await emitter.flush()
    expect(events()).toHaveLength(1)
    const writer = emitter.text(topic, 'terminal', (output) => ({ command: 'ls', output }))
    void writer.write('rest')
    await emitter.close()
    expect(events()).toHaveLength(2)
    await expect(emitter.emit(topic, 'thinking', { iteration: 2 })).rejects.toMatchObject({ code: 'closed' })
    expect(clock.pending).toBe(0)
  })

  it('leaves a subscriber open that it was given', async () => {
    const wire = createTestWire()
    const subscriber = createSubscriber(wire.options)
    const emitter = createEmitter({ to: subscriber, clock: wire.clock })
    const emitted = emitter.emit(topic, 'thinking', { iteration: 1 })
    await wire.settled()
    await emitted
    await emitter.close()
    expect(subscriber.state).toBe('online')
    await subscriber.close()
  })

  it('refuses a transport that cannot append', () => {
    const { transport } = createTestWire()
    const to = { ...transport, capabilities: { ...transport.capabilities, append: false } }
    expect(() => createEmitter({ to })).toThrow(expect.objectContaining({ code: 'not_supported' }))
  })

  it('refuses to retry for longer than the log remembers ids', () => {
    expect(() => setup({ giveUpAfterMs: 600_001 })).toThrow(expect.objectContaining({ code: 'invalid_option' }))
  })
})

describe('tryEmit', () => {
  it('[E6] never rejects; failures are counted, observed, or logged once per code', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { emitter } = setup()
    expect(await emitter.tryEmit('plain', 'any', 1)).toMatchObject({ ok: true, position: { seq: 1 } })
    expect(await emitter.tryEmit('plain', 'any', undefined)).toMatchObject({
      ok: false,
      error: { code: 'invalid_data' },
    })
    expect(await emitter.tryEmit('not a topic', 'any', 1)).toMatchObject({
      ok: false,
      error: { code: 'invalid_topic' },
    })
    expect(await emitter.tryEmit('plain', 'any', undefined)).toMatchObject({ ok: false })
    expect(emitter.stats().failed).toBe(3)
    expect(logged).toHaveBeenCalledTimes(2)
    const seen: Observation[] = []
    const observed = setup({ observe: (record) => void seen.push(record) })
    await observed.emitter.tryEmit('plain', 'any', undefined)
    expect(seen).toMatchObject([{ kind: 'error', error: { code: 'invalid_data' } }])
    expect(logged).toHaveBeenCalledTimes(2)
  })
})

describe('emitAll', () => {
  it('appends once per topic and answers in order', async () => {
    const { emitter, calls } = setup()
    const answers = await emitter.emitAll([
      { topic, type: 'thinking', data: { iteration: 1 } },
      { topic: 'plain', type: 'any', data: 1 },
      { topic, type: 'terminal', data: { command: 'ls' }, key: 'k' },
    ])
    expect(answers.map(({ position }) => position.seq)).toEqual([1, 1, 2])
    expect(calls.map(({ topic, ids }) => [topic, ids.length])).toEqual([
      ['session:a', 2],
      ['plain', 1],
    ])
  })

  it('[E4] sends nothing if one of them is wrong', async () => {
    const { emitter, calls } = setup()
    await expect(
      emitter.emitAll([
        { topic, type: 'thinking', data: { iteration: 1 } },
        { topic: 'plain', type: 'any', data: Number.NaN },
      ]),
    ).rejects.toMatchObject({ code: 'invalid_data' })
    await emitter.flush()
    expect(calls).toHaveLength(0)
  })
})

describe('an emitter with a transport', () => {
  it('opens a connection of its own when it is first used, and closes it', async () => {
    const wire = createTestWire()
    const emitter = createEmitter({ to: wire.transport, clock: wire.clock, random: () => 1 })
    const emitted = emitter.emit(topic, 'thinking', { iteration: 1 })
    await wire.settled()
    expect(await emitted).toMatchObject({ position: { seq: 1 } })
    await emitter.close()
    await wire.clock.settle()
    expect(wire.clock.pending).toBe(0)
  })

  it('says that nothing was sent if it never got through', async () => {
    const wire = createTestWire()
    wire.offline()
    const emitter = createEmitter({ to: wire.transport, clock: wire.clock, random: () => 1, giveUpAfterMs: 15_000 })
    const failure = expect(emitter.emit('plain', 'any', 1)).rejects.toMatchObject({ code: 'attempts_exhausted' })
    await wire.clock.advance(60_000)
    await failure
    await emitter.close()
  })
})

const lost_ = () => Promise.reject(lost())

function cycle(): unknown {
  const self: { self?: unknown } = {}
  self.self = self
  return self
}
