import { describe, expect, it } from 'vitest'
import { createSubscriber, type From, type Gap, type SubscriberOptions, type SubscriptionStatus } from '../src/index.ts'
import { createTestWire, type TestWire } from '../src/testing/index.ts'

const topic = 'job:1'

function follow(wire: TestWire, from: From = 'start', options: Partial<SubscriberOptions> = {}) {
  const seqs: number[] = []
  const gaps: Gap[] = []
  const verdicts: string[] = []
  const statuses: SubscriptionStatus[] = []
  const errors: string[] = []
  const subscriber = createSubscriber({ ...wire.options, ...options })
  subscriber.on('error', (error) => errors.push(error.code))
  const subscription = subscriber.subscribe(topic, {
    from,
    event: (event) => void seqs.push(event.seq),
    gap: (gap) => void gaps.push(gap),
    attached: ({ kind }) => void verdicts.push(kind),
    status: (status) => void statuses.push(status),
  })
  return { subscriber, subscription, seqs, gaps, verdicts, statuses, errors }
}

function emit(wire: TestWire, count: number) {
  for (let n = 0; n < count; n += 1) wire.emit(topic, 'progress', { n })
}

const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index)

describe('a subscriber', () => {
  it('[D1] replays from the start and goes on live', async () => {
    const wire = createTestWire()
    emit(wire, 3)
    const { seqs, subscription, verdicts, statuses } = follow(wire)
    await wire.settled()
    emit(wire, 2)
    await wire.settled()
    expect(seqs).toEqual(upTo(5))
    expect(subscription.status).toBe('live')
    expect(verdicts).toEqual(['fresh'])
    expect(statuses).toEqual(['replaying', 'live'])
    expect(await subscription.ready).toEqual({ kind: 'fresh', count: 3 })
  })

  it("[D1] starts at the head with 'now', and goes on from there after a cut", async () => {
    const wire = createTestWire()
    emit(wire, 3)
    const { seqs, verdicts } = follow(wire, 'now')
    await wire.settled()
    wire.cut()
    emit(wire, 2)
    await wire.clock.advance(1100)
    expect(seqs).toEqual([4, 5])
    expect(verdicts).toEqual(['fresh', 'recovered'])
  })

  it('[D1] gives the newest n', async () => {
    const wire = createTestWire()
    emit(wire, 50)
    const { seqs } = follow(wire, { last: 5 })
    await wire.clock.advance(100)
    expect(seqs).toEqual(upTo(50, 46))
  })

  it('[D1] reads what was lost on the wire', async () => {
    const wire = createTestWire()
    const { seqs } = follow(wire)
    await wire.settled()
    wire.lose(2)
    emit(wire, 4)
    await wire.settled()
    expect(seqs).toEqual(upTo(4))
  })

  it('[D1] notices by a heartbeat that the last event of a burst was lost', async () => {
    const wire = createTestWire()
    const { seqs } = follow(wire)
    await wire.settled()
    emit(wire, 1)
    wire.lose(1)
    emit(wire, 1)
    await wire.settled()
    expect(seqs).toEqual([1])
    await wire.clock.advance(5100)
    expect(seqs).toEqual([1, 2])
  })

  it('[D2][D3] drops repeats and mends the order', async () => {
    const wire = createTestWire()
    const { seqs, subscriber } = follow(wire)
    await wire.settled()
    wire.repeat(3)
    emit(wire, 3)
    await wire.settled()
    wire.shuffle(4)
    emit(wire, 4)
    await wire.clock.advance(100)
    expect(seqs).toEqual(upTo(7))
    expect(subscriber.stats().repeated).toBeGreaterThanOrEqual(3)
  })

  it('[D4] announces what was trimmed, in its place', async () => {
    const wire = createTestWire()
    emit(wire, 10)
    wire.log.trim(topic, 4)
    const { seqs, gaps, verdicts } = follow(wire)
    await wire.settled()
    expect(gaps).toMatchObject([{ reason: 'trimmed', from: { seq: 0 }, to: { seq: 4 } }])
    expect(seqs).toEqual(upTo(10, 5))
    expect(verdicts).toEqual(['lost'])
  })

  it('[D4] believes in another epoch only after it lasted staleMs', async () => {
    const wire = createTestWire()
    emit(wire, 5)
    const { seqs, gaps, subscription } = follow(wire)
    await wire.settled()
    wire.restartLog()
    emit(wire, 2)
    await wire.clock.advance(5000)
    expect(gaps).toEqual([])
    expect(subscription.status).toBe('delayed')
    await wire.clock.advance(10_000)
    expect(gaps).toMatchObject([{ reason: 'epoch', from: { seq: 5 }, to: { seq: 2 } }])
    emit(wire, 1)
    await wire.settled()
    expect(seqs).toEqual([...upTo(5), 3])
    expect(subscription.status).toBe('live')
  })

  it('[D4] finds out that the log was taken back under the same epoch', async () => {
    const wire = createTestWire()
    emit(wire, 5)
    const { seqs, gaps } = follow(wire)
    await wire.settled()
    wire.log.rewind(3)
    emit(wire, 4)
    await wire.clock.advance(20_000)
    expect(gaps).toMatchObject([{ reason: 'rewound', from: { seq: 5 }, to: { seq: 7 } }])
    emit(wire, 1)
    await wire.settled()
    expect(seqs).toEqual([...upTo(5), 8])
  })

  it('[D8] keeps little for a slow handler and reads the rest from the log', async () => {
    const wire = createTestWire()
    const seqs: number[] = []
    const releases: (() => void)[] = []
    const subscriber = createSubscriber(wire.options)
    subscriber.subscribe(topic, {
      from: 'start',
      buffer: 10,
      event: (event) => {
        seqs.push(event.seq)
        return new Promise<void>((resolve) => releases.push(resolve))
      },
      gap: () => expect.unreachable(),
    })
    await wire.settled()
    for (let n = 0; n < 100; n += 1) {
      emit(wire, 1)
      await wire.settled()
    }
    expect(seqs).toEqual([1])
    for (let n = 0; n < 100; n += 1) {
      releases.shift()?.()
      await wire.settled()
    }
    expect(seqs).toEqual(upTo(100))
  })

  it('[D9] starts no callback after unsubscribe, and ends with a final event', async () => {
    const wire = createTestWire()
    const { seqs, subscription, statuses } = follow(wire)
    await wire.settled()
    emit(wire, 1)
    subscription.unsubscribe()
    await wire.settled()
    expect(seqs).toEqual([])
    expect(statuses.at(-1)).toBe('live')
    const late = follow(wire)
    await wire.settled()
    wire.emit(topic, 'done', {}, { final: true })
    await wire.settled()
    expect(late.subscription.status).toBe('ended')
    expect(late.seqs).toEqual([1, 2])
    const later = follow(wire)
    await wire.settled()
    expect(later.statuses.at(-1)).toBe('ended')
    expect(await later.subscription.ready).toEqual({ kind: 'fresh', count: 2 })
  })

  it('[C2] follows the backoff schedule and gives up after ten attempts', async () => {
    const wire = createTestWire()
    wire.offline()
    const { subscriber, errors } = follow(wire, 'now', {
      backoff: { jitter: false },
      lifecycle: { watch: () => () => {} },
    })
    await wire.clock.advance(60)
    expect(subscriber.state).toBe('waiting')
    await wire.clock.advance(1000 + 2000 + 4000 + 8000 + 16_000 + 30_000 * 5 + 200)
    expect(subscriber.state).toBe('failed')
    expect(errors).toEqual(['unavailable'])
    wire.offline(false)
    subscriber.retry()
    await wire.settled()
    expect(subscriber.state).toBe('online')
  })

  it('[C4] finds a half-open line by silence', async () => {
    const wire = createTestWire()
    const { subscriber, seqs } = follow(wire)
    await wire.settled()
    wire.stall()
    emit(wire, 1)
    await wire.clock.advance(10_100)
    expect(subscriber.state).not.toBe('online')
    wire.stall(false)
    await wire.clock.advance(2000)
    expect(subscriber.state).toBe('online')
    expect(seqs).toEqual([1])
  })

  it('[C5] refreshes a refused token once', async () => {
    const wire = createTestWire()
    let token = 1
    const { subscriber } = follow(wire, 'now', {
      identity: { token: ({ refresh }) => `token-${refresh ? ++token : token}` },
    })
    await wire.settled()
    wire.expireToken()
    await wire.clock.advance(100)
    expect(subscriber.state).toBe('online')
    expect(token).toBe(2)
  })

  it('[C7] leaves no timer behind when closed', async () => {
    const wire = createTestWire()
    const { subscriber } = follow(wire)
    await wire.settled()
    await subscriber.close()
    expect(wire.clock.pending).toBe(0)
  })

  it('streams, and a gap ends the stream with an error', async () => {
    const wire = createTestWire()
    emit(wire, 3)
    const subscriber = createSubscriber(wire.options)
    const stream = subscriber.stream(topic, { from: 'start', gaps: 'throw' })
    const seqs: number[] = []
    const reading = (async () => {
      for await (const event of stream) seqs.push(event.seq)
    })()
    await wire.settled()
    wire.emit(topic, 'done', {}, { final: true })
    await wire.settled()
    await reading
    expect(seqs).toEqual(upTo(4))
    wire.log.trim(topic, 2)
    const broken = subscriber.stream(topic, { from: 'start', gaps: 'throw' }).next()
    broken.catch(() => {})
    await wire.settled()
    await expect(broken).rejects.toMatchObject({ code: 'gap' })
  })

  it('changes identity and starts anew', async () => {
    const wire = createTestWire()
    emit(wire, 2)
    const { subscriber, seqs } = follow(wire, 'start', { identity: { subject: 'a', token: 'a' } })
    await wire.settled()
    await subscriber.changeIdentity({ subject: 'b', token: 'b' })
    await wire.settled()
    expect(seqs).toEqual([1, 2, 1, 2])
  })

  it('reads history page by page', async () => {
    const wire = createTestWire()
    emit(wire, 5)
    const subscriber = createSubscriber(wire.options)
    const reading = subscriber.history(topic, { limit: 3 })
    await wire.settled()
    const page = await reading
    expect(page.events.map(({ seq }) => seq)).toEqual([3, 4, 5])
    const older = subscriber.history(topic, { limit: 3, before: page.before ?? 0 })
    await wire.settled()
    expect(await older).toMatchObject({ events: [{ seq: 1 }, { seq: 2 }], before: undefined })
  })
})
