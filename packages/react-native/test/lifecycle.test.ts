import { createSubscriber } from '@steadywire/core'
import { createFakeClock, createTestWire } from '@steadywire/core/testing'
import { describe, expect, it } from 'vitest'
import type { Background } from '../src/app-state.ts'
import { nativeLifecycle } from '../src/lifecycle.ts'
import { createApp, createNetwork } from './phone.ts'

const topic = 'job:1'

function watch(background?: Background, currentState?: string) {
  const app = createApp(currentState)
  const network = createNetwork()
  const clock = createFakeClock()
  const told: string[] = []
  const stop = nativeLifecycle({
    appState: app.appState,
    netInfo: network.netInfo,
    clock,
    ...(background && { background }),
  }).watch({
    suspended: (reason) => told.push(`-${reason}`),
    resumed: (reason) => told.push(`+${reason}`),
    held: () => told.push('held'),
    released: () => told.push('released'),
    woke: () => told.push('woke'),
  })
  return { ...app, network, clock, told, stop }
}

describe('the app in the background', () => {
  it('[C6] suspends, once, and wakes when it is back', () => {
    const { become, told } = watch()
    become('background', 'background', 'active')
    expect(told).toEqual(['-background', '+background', 'woke'])
  })

  it('[C6] takes `inactive` for neither: a call, the app switcher, the way there and back', () => {
    const { become, told } = watch()
    become('inactive')
    expect(told).toEqual([])
    become('background', 'inactive')
    expect(told).toEqual(['-background'])
    become('active')
    expect(told).toEqual(['-background', '+background', 'woke'])
  })

  it('[C6] tells first that it was started there, by a push say; what is not known yet is no background', () => {
    expect(watch('suspend', 'background').told).toEqual(['-background'])
    expect(watch('suspend', 'unknown').told).toEqual([])
  })

  it('[C6b] with `hold` only waits', () => {
    const { become, told } = watch('hold')
    become('inactive', 'background', 'active')
    expect(told).toEqual(['held', 'released', 'woke'])
  })

  it('[C6] with a grace goes on for so long', async () => {
    const { become, told, clock } = watch({ graceMs: 30_000 })
    become('background')
    await clock.advance(29_000)
    become('active')
    expect(told).toEqual(['woke'])
    become('background')
    await clock.advance(29_999)
    expect(told).toEqual(['woke'])
    await clock.advance(1)
    expect(told).toEqual(['woke', '-background'])
    become('active')
    expect(told).toEqual(['woke', '-background', '+background', 'woke'])
  })

  it('[C6] takes a grace for over that ran out while timers stood still', () => {
    const { become, told, clock } = watch({ graceMs: 30_000 })
    become('background')
    clock.jumpWall(31_000)
    become('active')
    expect(told).toEqual(['-background', '+background', 'woke'])
    expect(clock.pending).toBe(0)
  })

  it('[C7] leaves nothing behind, and tells nothing any more', async () => {
    const { become, told, clock, stop, listeners, network } = watch({ graceMs: 1000 })
    become('background')
    stop()
    expect([clock.pending, listeners.size, network.listeners.size]).toEqual([0, 0, 0])
    await clock.settle()
    expect(told).toEqual([])
  })
})

describe('the network', () => {
  it('[C6] suspends where there is none, or no way out of it', async () => {
    const { network, clock, told } = watch()
    await clock.settle()
    network.become({ isConnected: false })
    network.become({ isConnected: false, isInternetReachable: false })
    network.become({ isConnected: true, isInternetReachable: false })
    expect(told).toEqual(['-offline'])
    network.become({ isInternetReachable: true })
    expect(told).toEqual(['-offline', '+offline'])
  })

  it('[C6] takes what is not known for online', async () => {
    const { network, clock, told } = watch()
    await clock.settle()
    network.become({ isConnected: null, isInternetReachable: null, type: 'wifi' })
    network.become({ isConnected: true, isInternetReachable: null })
    expect(told).toEqual([])
  })

  it('wakes when it becomes another one: the old connection may be dead', async () => {
    const { network, clock, told } = watch()
    await clock.settle()
    network.become({ type: 'cellular' })
    network.become({ type: 'cellular' })
    expect(told).toEqual(['woke'])
  })

  it('is another one, too, when it is another Wi-Fi, by its name or the address that it gave', async () => {
    const { network, clock, told } = watch()
    await clock.settle()
    const become = (ssid: string | null, ipAddress: string | null) => {
      network.become({ type: 'wifi', details: { ssid, ipAddress, isConnectionExpensive: false } })
      return told.length
    }
    expect([become(null, null), become('home', '10.0.0.2'), become('home', '10.0.0.2')]).toEqual([0, 0, 0])
    expect([become('work', '10.0.0.2'), become('work', '192.168.0.2')]).toEqual([1, 2])
    expect([become(null, '192.168.0.2'), become(null, '192.168.0.3')]).toEqual([2, 3])
  })

  it('is looked at anew when the app is back, even if that fails', () => {
    const { become, network } = watch()
    network.netInfo.refresh = () => Promise.reject(new Error('no NetInfo'))
    become('background', 'active')
    const seen = watch()
    seen.become('background', 'active')
    expect(seen.network.refreshed).toBe(1)
  })

  it('does without NetInfo', () => {
    const app = createApp()
    const stop = nativeLifecycle({ appState: app.appState }).watch({
      suspended() {},
      resumed() {},
      held() {},
      released() {},
      woke() {},
    })
    app.become('background', 'active')
    stop()
    expect(app.listeners.size).toBe(0)
  })
})

describe('a subscriber on a phone', () => {
  function follow(background: Background) {
    const wire = createTestWire()
    const app = createApp()
    const subscriber = createSubscriber({
      ...wire.options,
      lifecycle: nativeLifecycle({ appState: app.appState, background, clock: wire.clock }),
    })
    const seqs: number[] = []
    const subscription = subscriber.subscribe(topic, {
      from: 'start',
      event: ({ seq }) => void seqs.push(seq),
      gap() {},
    })
    const emit = (count: number) => {
      for (let index = 0; index < count; index += 1) wire.emit(topic, 'tick', {})
    }
    return { wire, subscriber, subscription, seqs, emit, become: app.become }
  }

  it('[C6a] catches up with what came in the background, then goes live', async () => {
    const { wire, subscriber, subscription, seqs, emit, become } = follow('suspend')
    emit(2)
    await wire.settled()
    become('inactive', 'background')
    emit(3)
    await wire.clock.advance(600_000)
    expect(subscriber.state).toBe('suspended')
    expect(seqs).toEqual([1, 2])
    become('active')
    emit(1)
    await wire.settled()
    expect(seqs).toEqual([1, 2, 3, 4, 5, 6])
    expect(subscription.continuity).toEqual({ kind: 'recovered', count: 4 })
  })

  it('[C6a] opens another connection after a grace that nobody counted', async () => {
    const { wire, subscriber, seqs, emit, become } = follow({ graceMs: 10_000 })
    await wire.settled()
    become('background')
    emit(1)
    await wire.settled()
    expect(seqs).toEqual([1])
    wire.stall()
    wire.clock.jumpWall(60_000)
    wire.stall(false)
    become('active')
    emit(1)
    await wire.settled()
    expect(seqs).toEqual([1, 2])
    expect(subscriber.stats()).toMatchObject({ connections: 2 })
  })

  it('[C6b] that holds delivers on return what it got in the background', async () => {
    const { wire, subscriber, seqs, emit, become } = follow('hold')
    await wire.settled()
    become('background')
    emit(3)
    await wire.settled()
    expect(seqs).toEqual([])
    become('active')
    expect(seqs).toEqual([1, 2, 3])
    expect(subscriber.stats()).toMatchObject({ connections: 1 })
  })
})
