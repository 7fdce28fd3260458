import { describe, expect, it } from 'vitest'
import { createEmitter, createSubscriber, failover, wireError } from '../src/index.ts'
import { createFakeClock, createTestLog, createTestTransport, seededRandom } from '../src/testing/index.ts'
import { down, setUp } from './failover-wires.ts'

describe('failover', () => {
  it('[D1][D2][D3] goes on over the next wire when one dies, and loses and repeats nothing', async () => {
    const { clock, wires, transport, told, emit, die, all } = setUp()
    await clock.advance(100)
    expect(transport.active).toBe(0)
    emit(3)
    await clock.advance(100)
    emit(2)
    die(wires[0])
    emit(2)
    await clock.advance(1500)
    expect(transport.active).toBe(1)
    emit(1)
    await clock.advance(100)
    expect(told).toEqual(all())
  })

  it('[C4] leaves a wire that stalls, by its missing heartbeats', async () => {
    const { clock, wires, transport, told, emit, all } = setUp()
    await clock.advance(100)
    wires[0].stalled = true
    emit(2)
    await clock.advance(4000)
    expect(transport.active).toBe(1)
    expect(told).toEqual(all())
  })

  it('[C3] takes the next wire at once where one does not open or is refused for good, and tells why', async () => {
    for (const why of [
      down,
      wireError('refused', 'forbidden', 'not you'),
      wireError('config', 'not_found', 'where?'),
    ]) {
      const { clock, wires, transport, errors } = setUp()
      wires[0].refusal = why
      await clock.advance(100)
      expect(transport.active).toBe(1)
      expect(errors).toEqual([why.message])
    }
  })

  it('gives a wire up that does not answer, in time for the next', async () => {
    const { clock, wires, transport, subscriber } = setUp()
    wires[0].stalled = true
    await clock.advance(4100)
    expect(transport.active).toBe(1)
    expect(subscriber.state).toBe('online')
  })

  it('returns to the preferred wire when that stays open, in mid-stream', async () => {
    const { clock, wires, transport, told, emit, die, all } = setUp()
    await clock.advance(100)
    die(wires[0])
    await clock.advance(2000)
    expect(transport.active).toBe(1)
    wires[0].refusal = undefined
    for (let step = 0; step < 200 && transport.active === 1; step++) {
      emit(1)
      await clock.advance(100)
    }
    expect(transport.active).toBe(0)
    emit(1)
    await clock.advance(100)
    expect(told).toEqual(all())
  })

  it('does not return to a wire that opens and dies', async () => {
    const { clock, wires, transport, die } = setUp()
    await clock.advance(100)
    die(wires[0])
    await clock.advance(2000)
    const { opened } = wires[0]
    wires[0].refusal = undefined
    for (let step = 0; step < 60; step++) {
      await clock.advance(1000)
      wires[0].cut()
    }
    expect(wires[0].opened).toBeGreaterThan(opened)
    expect(transport.active).toBe(1)
  })

  it('goes over to the wire that the app orders, and prefers it from then on', async () => {
    const { clock, transport, told, emit, all } = setUp()
    await clock.advance(100)
    emit(2)
    transport.use(1)
    emit(2)
    await clock.advance(100)
    expect(transport.active).toBe(1)
    await clock.advance(60_000)
    expect(transport.active).toBe(1)
    emit(1)
    await clock.advance(100)
    expect(told).toEqual(all())
    expect(() => transport.use(2)).toThrow(/no wire at place 2/)
  })

  it('leaves what it has as it is when the app orders the wire in use, and gives up the other', async () => {
    const { clock, wires, transport, subscriber, die } = setUp()
    await clock.advance(100)
    die(wires[0])
    await clock.advance(2000)
    wires[0].refusal = undefined
    const { opened } = wires[1]
    const states: string[] = []
    subscriber.on('state', ({ state }) => states.push(state))
    transport.use(1)
    await clock.advance(60_000)
    expect(states).toEqual([])
    expect([transport.active, wires[1].opened]).toEqual([1, opened])
  })

  it('goes over to the wire that the app orders while another one is being opened', async () => {
    const { clock, transport, told, emit, all } = setUp({ sameLog: false })
    await clock.advance(1)
    transport.use(1)
    emit(2)
    await clock.advance(1000)
    expect(transport.active).toBe(1)
    expect(told).toEqual(all())
  })

  it('returns ever more rarely to a wire that opens and then carries nothing', async () => {
    const { clock, wires, transport, told, emit, all } = setUp()
    await clock.advance(100)
    const { connect } = wires[0].transport
    let opened = 0
    wires[0].transport.connect = async (context) => {
      opened++
      const { heartbeatMs: _, ...connection } = await connect({ ...context, heard() {} })
      return { ...connection, closed: connection.closed, attach: () => new Promise(() => {}) }
    }
    wires[0].cut()
    await clock.advance(600_000)
    emit(3)
    await clock.advance(10_000)
    expect(opened).toBeGreaterThan(4)
    // Without longer and longer waits it were twice as many.
    expect(opened).toBeLessThan(70)
    expect(transport.active).toBe(1)
    expect(told).toEqual(all())
  })

  it('returns to the preferred wire, although what was tried beside the other one is slow to close', async () => {
    const { clock, wires, transport, die } = setUp()
    await clock.advance(100)
    die(wires[0])
    await clock.advance(1500)
    const { connect } = wires[0].transport
    let hung = 0
    wires[0].transport.connect = async (context) => {
      const connection = await connect(context)
      if (hung > 0) return connection
      hung++
      return { ...connection, closed: connection.closed, close: () => new Promise(() => {}) }
    }
    wires[0].refusal = undefined
    await clock.advance(60_000)
    expect([hung, transport.active]).toEqual([1, 0])
  })

  it('comes to the next wire, although one hangs for longer than the core waits', async () => {
    const { clock, wires, transport, subscriber } = setUp({ deadlineMs: 15_000 })
    wires[0].stalled = true
    await clock.advance(60_000)
    expect(subscriber.state).toBe('online')
    expect(transport.active).toBe(1)
  })

  it('[C3] fails when all wires refuse for good, and waits while one of them may come back', async () => {
    const { clock, wires, subscriber } = setUp()
    wires[0].refusal = wireError('refused', 'forbidden', 'not you')
    wires[1].refusal = down
    await clock.advance(500)
    expect(subscriber.state).toBe('waiting')
    wires[1].refusal = wireError('refused', 'forbidden', 'nor here')
    await clock.advance(3000)
    expect(subscriber.state).toBe('failed')
  })

  it('[C3] waits for a wire that may come back, although the other does not take the fresh token either', async () => {
    const { clock, wires, transport, subscriber } = setUp()
    await clock.advance(100)
    wires[1].refusal = down
    wires[0].refusal = wireError('auth', 'unauthenticated', 'not you')
    wires[0].cut()
    await clock.advance(5000)
    expect(subscriber.state).not.toBe('failed')
    wires[1].refusal = undefined
    await clock.advance(10_000)
    expect(transport.active).toBe(1)
    wires[1].refusal = wireError('auth', 'unauthenticated', 'nor here')
    wires[1].cut()
    await clock.advance(10_000)
    expect(subscriber.state).toBe('failed')
  })

  it('[C5] a refused token is refreshed, not held against the wire', async () => {
    const clock = createFakeClock()
    const log = createTestLog(() => clock.wall())
    const refused = (token: string | undefined) =>
      token === 'fresh' ? undefined : wireError('auth', 'unauthenticated', 'old', { token: token ?? '' })
    const conditions = {
      latency: () => 5,
      live: (items: readonly never[]) => [items],
      visible: () => true,
      stalled: false,
    }
    const wire = () =>
      createTestTransport(log, clock, { ...conditions, refusal: refused, topicRefusal: () => undefined }, 1000)
        .transport
    const transport = failover([wire(), wire()], { sameLog: true, clock })
    const token = ({ refresh }: { refresh: boolean }) => (refresh ? 'fresh' : 'old')
    const subscriber = createSubscriber({ transport, clock, identity: { token } })
    subscriber.subscribe('job:1', { event() {}, gap() {} })
    await clock.advance(200)
    expect(subscriber.state).toBe('online')
  })

  it('[D4b] without sameLog the other log is told by a gap, and no return is made by itself', async () => {
    const { clock, wires, transport, told, emit, die } = setUp({ logs: 2, sameLog: false })
    wires[1].log.append('job:1', [{ id: 'elsewhere', type: 'x', data: 0 }])
    wires[1].log.restart()
    wires[1].log.append('job:1', [{ id: 'elsewhere-2', type: 'x', data: 0 }])
    await clock.advance(100)
    emit(2)
    await clock.advance(100)
    die(wires[0])
    await clock.advance(15_000)
    wires[0].refusal = undefined
    wires[1].log.append('job:1', [{ id: 'elsewhere-3', type: 'x', data: 'other' }])
    await clock.advance(60_000)
    expect(told).toEqual([1, 2, 'epoch', 'other'])
    expect(transport.active).toBe(1)
  })

  it('[C7] leaves no timer behind', async () => {
    const { clock, wires, subscriber, die } = setUp()
    await clock.advance(100)
    die(wires[0])
    await clock.advance(2000)
    await subscriber.close()
    for (const wire of wires) wire.cut()
    await clock.settle()
    expect(clock.pending).toBe(0)
  })

  it('[D1][D2][D3] delivers everything once and in order however both wires come and go', async () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = seededRandom(seed)
      const { clock, wires, told, emit, die, all, subscriber, transport } = setUp()
      for (let step = 0; step < 40; step++) {
        const wire = wires[random() < 0.5 ? 0 : 1]
        const what = random()
        if (what < 0.2) die(wire)
        else if (what < 0.5) wire.refusal = undefined
        else if (what < 0.6) wire.stalled = !wire.stalled
        else if (what < 0.7) transport.use(random() < 0.5 ? 0 : 1)
        else if (what < 0.8) wire.cut()
        else if (what < 0.85) subscriber.retry()
        else if (what < 0.9) die(wire, wireError('refused', 'forbidden', 'not you'))
        emit(Math.floor(random() * 4))
        await clock.advance(random() * 3000)
      }
      for (const wire of wires) Object.assign(wire, { refusal: undefined, stalled: false })
      subscriber.retry()
      await clock.advance(60_000)
      expect(told, `seed ${seed}`).toEqual(all())
      await subscriber.close()
    }
  })

  it('[E1][E2][E3] appends everything once and in order however both wires come and go', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = seededRandom(seed)
      const { clock, wires, subscriber, transport, log } = setUp()
      const emitter = createEmitter({ to: subscriber, clock, random, giveUpAfterMs: 290_000 })
      const answers: Promise<readonly [number, boolean]>[] = []
      for (let step = 0; step < 40; step++) {
        const wire = wires[random() < 0.5 ? 0 : 1]
        const what = random()
        if (what < 0.2) wire.refusal = down
        else if (what < 0.5) wire.refusal = undefined
        else if (what < 0.6) wire.stalled = !wire.stalled
        else if (what < 0.75) transport.use(random() < 0.5 ? 0 : 1)
        else if (what < 0.85) for (const each of wires) each.cut()
        for (let count = Math.floor(random() * 4); count > 0; count--) {
          const said = emitter.emit('job:1', 'x', answers.length + 1)
          answers.push(said.then(({ position, duplicate }) => [position.seq, duplicate] as const))
        }
        // Cut in the middle of what is on its way.
        await clock.advance(random() * 12)
        if (random() < 0.3) wire.cut()
        await clock.advance(random() * 2500)
        if (subscriber.state === 'failed') subscriber.retry()
      }
      for (const wire of wires) Object.assign(wire, { refusal: undefined, stalled: false })
      subscriber.retry()
      await clock.advance(60_000)
      expect(await Promise.all(answers), `seed ${seed}`).toEqual(answers.map((_, index) => [index + 1, false]))
      expect(log.read('job:1', { limit: 1 }).head).toBe(answers.length)
      await emitter.close()
      await subscriber.close()
      expect(clock.pending).toBe(0)
    }
  })

  it('refuses what it can not work with', () => {
    const { wires } = setUp()
    const [{ transport }] = wires
    expect(() => failover([transport])).toThrow(/two transports/)
    expect(() => failover([transport, transport], { deadlineMs: 0 })).toThrow(/deadlineMs of failover is 0/)
    const bare = { ...transport, name: 'plain', capabilities: { ...transport.capabilities, positions: false } }
    expect(() => failover([transport, bare as never])).toThrow(/plain has no positions/)
  })
})
