import { describe, expect, it } from 'vitest'
import { type Connection, createSubscriber, isSteadywireError, memoryCursors, wireError } from '../src/index.ts'
import { createFakeClock, createTestWire } from '../src/testing/index.ts'
import { seededRandom } from '../src/testing/random.ts'
import { page, puppet } from './puppet.ts'
import { watchUnhandled } from './unhandled.ts'

const topic = 'job:1'
watchUnhandled()

const thrower = (): never => {
  throw new Error('a bug in the adapter')
}

describe('an adapter that throws instead of rejecting', () => {
  it.each(['connect', 'attach', 'read', 'heads', 'close', 'append', 'renew'] as const)(
    '[C3] in %s: it is one failure like others',
    async (method) => {
      let broken = true
      const wire = puppet(() => 3, { heads: false, append: true, renew: true })
      const clock = createFakeClock()
      const { connect, read } = wire
      wire.read = (range, name) => (range.last ? Promise.resolve(page(3, 3 - range.limit)) : read(range, name))
      const faulty = (): never | undefined => (broken ? thrower() : undefined)
      wire.connect = (context) => {
        if (method === 'connect') faulty()
        return connect(context).then((connection): Connection => {
          const patched: Connection = {
            ...connection,
            heads: async () => new Map(),
            append: async () => [],
            renew: async () => ({}),
          }
          const original = patched[method as 'attach'] as ((...args: unknown[]) => unknown) | undefined
          const faultyCall = (...args: unknown[]) => {
            faulty()
            return original?.(...args)
          }
          return method === 'connect' ? patched : { ...patched, [method]: faultyCall }
        })
      }
      const subscriber = createSubscriber({
        transport: wire.transport,
        clock,
        identity: { token: async () => 'token' },
        backoff: { maxAttempts: 100 },
        auditMs: 100,
      })
      subscriber.on('error', () => {})
      const seqs: number[] = []
      const subscription = subscriber.subscribe(topic, {
        from: { last: 2 },
        event: ({ seq }) => void seqs.push(seq),
        gap() {},
      })
      await clock.advance(300)
      if (method === 'append') await expect(subscriber.append(topic, [])).rejects.toMatchObject({ retryable: true })
      if (method === 'renew') wire.sinks[0]?.lost(wireError('auth', 'unauthenticated', 'expired'))
      await clock.advance(1000)
      broken = false
      wire.cut()
      await clock.advance(60_000)
      expect([subscription.status, ...seqs]).toEqual(['live', 2, 3])
      broken = true
      await subscriber.close()
      await clock.advance(2000)
      expect(clock.pending).toBe(0)
    },
  )

  it('[C8] an adapter that answers rubbish is a failure of that topic alone', async () => {
    const wire = puppet(() => 3)
    const clock = createFakeClock()
    const subscriber = createSubscriber({ transport: wire.transport, clock })
    // @ts-expect-error what a broken adapter may do
    wire.attach = async (_after, _sink, _signal, name) => (name === topic ? undefined : page(3, 3))
    const broken = subscriber.subscribe(topic, { event() {}, gap() {} })
    const sound = subscriber.subscribe('job:2', { event() {}, gap() {} })
    await clock.settle()
    expect([broken.status, sound.status]).toEqual(['delayed', 'live'])
    expect([broken.error?.kind, sound.error]).toEqual(['retry', undefined])
    wire.attach = async () => page(3, 3)
    await clock.advance(2000)
    expect([broken.status, broken.error]).toEqual(['live', undefined])
    await subscriber.close()
    expect(clock.pending).toBe(0)
  })
})

describe('rights that last for no time', () => {
  it.each([0, -1, Number.NaN])('[C5] expiresIn %s does not make it renew in a loop', async (expiresIn) => {
    const wire = puppet(() => 3, { renew: true })
    const clock = createFakeClock()
    let refreshes = 0
    const { connect } = wire
    wire.connect = async (context) => ({ ...(await connect(context)), renew: async () => ({ expiresIn }) })
    wire.attach = async () => Object.assign(page(3, 3), { expiresIn })
    const subscriber = createSubscriber({
      transport: wire.transport,
      clock,
      identity: {
        token({ refresh }) {
          if (refresh) refreshes += 1
          if (refreshes > 200) throw new Error('a loop')
          return `token-${refreshes}`
        },
      },
    })
    subscriber.subscribe(topic, { event() {}, gap() {} })
    for (let n = 0; n < 100; n += 1) await clock.advance(10)
    expect(refreshes).toBeLessThanOrEqual(11)
    await subscriber.close()
    expect(clock.pending).toBe(0)
  })
})

describe('anything at any time', () => {
  it('[C7][D1][D2][D3] leaves nothing behind, settles every promise, and delivers all events once per identity', async () => {
    const wrong: string[] = []
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = seededRandom(seed)
      const wire = createTestWire({ seed })
      const cursors = memoryCursors()
      const subscriber = createSubscriber({ ...wire.options, cursors, staleMs: 500, callDeadlineMs: 1000 })
      subscriber.on('error', () => {})
      let identity = 0
      let healed = false
      const promises: Promise<unknown>[] = []
      const follow = (from: 'start' | 'now' | { last: number }, buffer: number, name?: string) => {
        let last = 0
        let whose = 0
        const subscription = subscriber.subscribe(topic, {
          from,
          buffer,
          ...(name !== undefined && { name }),
          async event({ seq }) {
            if (whose !== identity) last = 0
            whose = identity
            if (seq <= last) wrong.push(`seed ${seed}: ${seq} after ${last}`)
            last = seq
            if (random() < 0.3) await new Promise<void>((resolve) => wire.clock.after(random() * 50, resolve))
          },
          gap({ to }) {
            whose = identity
            last = to.seq
          },
          load: () => (!healed && random() < 0.2 ? Promise.reject(new Error('load')) : undefined),
          error() {},
        })
        promises.push(subscription.ready.catch(() => {}))
        return Object.assign(subscription, {
          last: () => (whose === identity ? last : 0),
          whole: from === 'start' && name === undefined,
        })
      }
      const subscriptions = [follow('start', 1), follow('now', 5, 'a'), follow({ last: 3 }, 100)]
      const actions = [
        () => wire.emit(topic, 'progress', 1),
        () => wire.emit(topic, 'progress', 1),
        () => wire.cut(),
        () => wire.offline(random() < 0.5),
        () => wire.background(random() < 0.5),
        () => wire.forbid(topic, random() < 0.5),
        () => wire.lose(),
        () => wire.shuffle(),
        () => wire.stall(random() < 0.3),
        () => void (random() < 0.2 && wire.restartLog()),
        () => void (random() < 0.3 && wire.log.trim(topic, Math.floor(random() * 10))),
        () => wire.repeat(),
        () => subscriber.retry(),
        () => {
          identity += 1
          promises.push(
            subscriber.changeIdentity({ subject: `s${identity}` }, { purge: random() < 0.5 }).catch(() => {}),
          )
        },
        () => subscriptions[Math.floor(random() * subscriptions.length)]?.unsubscribe(),
        () => void subscriptions.push(follow('start', 2, random() < 0.5 ? 'b' : undefined)),
        () =>
          promises.push(
            subscriber.history(topic, { limit: 5 }).catch((error) => expect(isSteadywireError(error)).toBe(true)),
          ),
        () => {
          const stream = subscriber.stream(topic, { from: 'start', gaps: 'throw' })
          promises.push(
            stream.next().catch(() => {}),
            stream.next().catch(() => {}),
          )
          if (random() < 0.5) promises.push(stream.return?.() ?? Promise.resolve())
        },
      ]
      for (let step = 0; step < 40; step += 1) {
        actions[Math.floor(random() * actions.length)]?.()
        await wire.clock.advance(Math.floor(random() * 200))
      }
      healed = true
      wire.offline(false)
      wire.background(false)
      wire.forbid(topic, false)
      wire.stall(false)
      await wire.clock.advance(100)
      subscriber.retry()
      await wire.clock.advance(60_000)
      const { head } = wire.log.read(topic, { limit: 0 })
      for (const { status, last, whole } of subscriptions) {
        if (status !== 'detached') expect(status, `seed ${seed}`).toBe('live')
        if (status !== 'detached' && whole) expect(last(), `seed ${seed}`).toBe(head)
      }
      await subscriber.close()
      await wire.clock.advance(20_000)
      await Promise.all(promises)
      expect(wire.clock.pending, `seed ${seed}`).toBe(0)
    }
    expect(wrong).toEqual([])
  }, 20_000)
})
