import { describe, expect, it } from 'vitest'
import { seededRandom } from '../src/testing/index.ts'
import { setUp } from './failover-wires.ts'

describe('failover onto a node that lags behind', () => {
  it.each([100, 3000, 8000])(
    '[D4e] takes its old head for what it is, %i ms: nothing is lost, and there is no gap',
    async (lag) => {
      const { clock, wires, transport, told, emit, die, all } = setUp({ lagMs: () => lag })
      await clock.advance(lag + 100)
      emit(50)
      await clock.advance(50)
      expect(told).toEqual(all())
      die(wires[0])
      await clock.advance(1500)
      expect(transport.active).toBe(1)
      emit(3)
      await clock.advance(lag + 2000)
      expect(told).toEqual(all())
    },
  )

  it('[D4e] may be unborn there', async () => {
    const { clock, wires, transport, told, emit, die, all } = setUp({ lagMs: () => 5000 })
    await clock.advance(100)
    emit(3)
    await clock.advance(50)
    die(wires[0])
    await clock.advance(1500)
    expect([transport.active, wires[1].log.read('job:1', { limit: 1 }).head]).toEqual([1, 0])
    await clock.advance(8000)
    emit(1)
    await clock.advance(6000)
    expect(told).toEqual(all())
  })

  it('[D1][D2][D3][D4e] delivers everything, once and in order, however the wires come and go', async () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = seededRandom(seed)
      const { clock, wires, told, emit, die, all, subscriber, transport } = setUp({ lagMs: () => random() * 6000 })
      for (let step = 0; step < 40; step++) {
        const wire = wires[random() < 0.5 ? 0 : 1]
        const what = random()
        if (what < 0.25) die(wire)
        else if (what < 0.55) wire.refusal = undefined
        else if (what < 0.65) wire.stalled = !wire.stalled
        else if (what < 0.8) transport.use(random() < 0.5 ? 0 : 1)
        else if (what < 0.9) wire.cut()
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
})

describe('an app that goes to the background', () => {
  /** On the second wire, while the first one is about to be tried beside it. */
  async function onTheSecond() {
    const all = setUp()
    await all.clock.advance(100)
    all.die(all.wires[0])
    await all.clock.advance(1500)
    expect(all.transport.active).toBe(1)
    return all
  }

  /** Advances until the preferred wire is tried. */
  async function untilTried({ clock, wires }: Awaited<ReturnType<typeof onTheSecond>>, tried: () => boolean) {
    for (let step = 0; step < 1000 && !tried(); step++) await clock.advance(10)
    expect(tried()).toBe(true)
    expect(wires[1].open).toBe(1)
  }

  it('[C6][C7] while the preferred wire is open beside the one in use leaves nothing open, and goes on there afterwards', async () => {
    const all = await onTheSecond()
    const { clock, wires, transport, subscriber, told, emit, suspend, resume } = all
    wires[0].refusal = undefined
    await untilTried(all, () => wires[0].open === 1)
    suspend()
    await clock.advance(10)
    expect([subscriber.state, wires[0].open, wires[1].open, transport.active]).toEqual(['suspended', 0, 0, undefined])
    expect(clock.pending).toBe(0)
    emit(5)
    await clock.advance(600_000)
    expect([wires[0].open, wires[1].open, clock.pending]).toEqual([0, 0, 0])
    resume()
    await clock.advance(100)
    expect(transport.active).toBe(0)
    emit(1)
    await clock.advance(100)
    expect(told).toEqual(all.all())
  })

  it('[C6][C7] while the preferred wire hangs beside the one in use leaves nothing open, and goes on over the other', async () => {
    const all = await onTheSecond()
    const { clock, wires, transport, subscriber, told, emit, suspend, resume } = all
    wires[0].refusal = undefined
    wires[0].stalled = true
    const { tried } = wires[0]
    await untilTried(all, () => wires[0].tried > tried)
    suspend()
    await clock.advance(100)
    expect([subscriber.state, wires[0].open, wires[1].open, clock.pending]).toEqual(['suspended', 0, 0, 0])
    emit(5)
    await clock.advance(600_000)
    resume()
    await clock.advance(8000)
    expect(transport.active).toBe(1)
    wires[0].stalled = false
    for (let step = 0; step < 200 && transport.active === 1; step++) {
      emit(1)
      await clock.advance(500)
    }
    expect(transport.active).toBe(0)
    await clock.advance(100)
    expect(told).toEqual(all.all())
    expect([wires[0].open, wires[1].open]).toEqual([1, 0])
  })
})
