// @vitest-environment jsdom
import { createSubscriber } from '@steadywire/core'
import { createTestWire } from '@steadywire/core/testing'
import { SteadywireProvider } from '@steadywire/react'
import { renderWithWire } from '@steadywire/react/testing'
import { act, cleanup } from '@testing-library/react'
import { StrictMode } from 'react'
import { hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, expect, it, onTestFinished, vi } from 'vitest'
import { topic } from './family.ts'
import { add, emit, muteConsole, type Options, Shown, serverOf, shown, wireWith, withFakeTimers } from './live-sum.tsx'

afterEach(cleanup)

it('joins what the server rendered to the stream by its cursor: nothing missed, nothing twice, nothing loaded', async () => {
  const wire = wireWith(5)
  const { state, cursor } = serverOf(wire).snapshot(3)
  const load = vi.fn()
  const { settled } = renderWithWire(<Shown initial={state} cursor={cursor} load={load} />, { wire })
  expect(shown()).toEqual(['1 2 3 (attaching)'])
  await settled()
  emit(wire, 6, 7)
  await settled()
  expect(shown()).toEqual(['1 2 3 4 5 6 7 (live)'])
  expect(load).not.toHaveBeenCalled()
})

it('without a snapshot loads the state, and takes no event twice that is in it already', async () => {
  const wire = wireWith(3)
  const server = serverOf(wire)
  const load = vi.fn(async () => {
    // It happens while the state is read, and is in it.
    emit(wire, server.head() + 1, server.head() + 2)
    await Promise.resolve()
    return server.snapshot(server.head())
  })
  const { settled } = renderWithWire(<Shown load={load} />, { wire })
  expect(shown()).toEqual(['nothing (attaching)'])
  await settled()
  expect(shown()).toEqual(['1 2 3 4 5 (live)'])
  emit(wire, 6, 6)
  await settled()
  expect([shown(), load.mock.calls.length]).toEqual([['1 2 3 4 5 6 (live)'], 1])
})

it('from the start needs no snapshot: every event is put into what was before the first', async () => {
  const wire = wireWith(3)
  const load = vi.fn()
  const { settled } = renderWithWire(<Shown initial={{ of: [] }} cursor="start" load={load} />, { wire })
  await settled()
  emit(wire, 4, 4)
  await settled()
  expect([shown(), load.mock.calls.length]).toEqual([['1 2 3 4 (live)'], 0])
})

it('loads again after a gap, and goes on behind it', async () => {
  const wire = wireWith(2)
  const server = serverOf(wire)
  const reasons: string[] = []
  const load: Options['load'] = ({ reason }) => {
    reasons.push(reason)
    return server.snapshot(server.head())
  }
  const { settled, advance } = renderWithWire(<Shown load={load} />, { wire })
  await settled()
  wire.offline()
  emit(wire, 3, 9)
  wire.log.trim(topic.name, 6)
  wire.offline(false)
  await advance(3000)
  expect(reasons).toEqual(['attach', 'trimmed'])
  expect(shown()).toEqual(['1 2 3 4 5 6 7 8 9 (live)'])
})

it('a load that fails is tried again; events wait for it', async () => {
  muteConsole()
  const wire = wireWith(2)
  const server = serverOf(wire)
  const load = vi.fn(() => server.snapshot(2)).mockRejectedValueOnce(new Error('not now'))
  const { settled, advance } = renderWithWire(<Shown load={load} />, { wire })
  await settled()
  emit(wire, 3, 3)
  await settled()
  expect(shown()[0]).toMatch(/^nothing/)
  await advance(3000)
  expect(shown()).toEqual(['1 2 3 (live)'])
})

it('components that give the same reducer share the state, others have their own', async () => {
  const wire = wireWith(2)
  const { state, cursor } = serverOf(wire).snapshot(2)
  const { settled, subscriber } = renderWithWire(
    <StrictMode>
      <Shown initial={state} cursor={cursor} />
      <Shown initial={state} cursor={cursor} />
      <Shown initial={state} cursor={cursor} reduce={(sum) => sum} />
    </StrictMode>,
    { wire },
  )
  await settled()
  emit(wire, 3, 3)
  await settled()
  expect(shown()).toEqual(['1 2 3 (live)', '1 2 3 (live)', '1 2 (live)'])
  expect(subscriber.stats().subscriptions).toBe(2)
})

it('is rendered on a server as it was given, connects to nothing there, and hydrates without a word', async () => {
  const logged = vi.spyOn(console, 'error')
  onTestFinished(() => logged.mockRestore())
  const wire = wireWith(4)
  const connect = vi.spyOn(wire.transport, 'connect')
  const { state, cursor } = serverOf(wire).snapshot(2)
  const subscriber = createSubscriber(wire.options)
  const page = (
    <SteadywireProvider subscriber={subscriber}>
      <Shown initial={state} cursor={cursor} />
    </SteadywireProvider>
  )
  const container = document.createElement('div')
  container.innerHTML = renderToString(page)
  document.body.append(container)
  expect(shown()).toEqual(['1 2 (attaching)'])
  expect([connect.mock.calls.length, subscriber.state]).toEqual([0, 'idle'])
  const root = await act(async () => hydrateRoot(container, page))
  await act(() => wire.settled())
  await vi.waitFor(() => expect(shown()).toEqual(['1 2 3 4 (live)']))
  expect(logged).not.toHaveBeenCalled()
  await act(async () => root.unmount())
  container.remove()
})

it('a state that is loaded behind the stream misses no event: what lies between is read', async () => {
  const wire = wireWith(3)
  const server = serverOf(wire)
  const load = vi.fn(() => server.snapshot(1))
  const { settled } = renderWithWire(<Shown load={load} />, { wire })
  await settled()
  emit(wire, 4, 4)
  await settled()
  expect([shown(), load.mock.calls.length]).toEqual([['1 2 3 4 (live)'], 1])
})

it('a snapshot or a state of which the log has no sequel any more is shown until another is loaded', async () => {
  muteConsole()
  const wire = wireWith(9)
  const server = serverOf(wire)
  const { state, cursor } = server.snapshot(1)
  const old = server.snapshot(2)
  wire.log.trim(topic.name, 5)
  const load = vi.fn(() => (load.mock.calls.length < 4 ? old : server.snapshot(9)))
  const { settled, advance } = renderWithWire(<Shown initial={state} cursor={cursor} load={load} />, { wire })
  await settled()
  expect(shown()).toEqual(['1 2 (replaying) load_failed'])
  await advance(10_000)
  expect([shown(), load.mock.calls.length]).toEqual([['1 2 3 4 5 6 7 8 9 (live)'], 4])
})

it('a state of a log that is no more is shown until that of the new one is loaded', async () => {
  const wire = wireWith(3)
  const server = serverOf(wire)
  const old = server.snapshot(3)
  wire.restartLog()
  emit(wire, 1, 5)
  const load = vi.fn(() => server.snapshot(5)).mockReturnValueOnce(old)
  const { settled, advance } = renderWithWire(<Shown load={load} />, { wire })
  await settled()
  expect(shown()[0]).toMatch(/^1 2 3 \((?!live)/)
  await advance(20_000)
  emit(wire, 6, 6)
  await settled()
  expect([shown(), load.mock.calls.length]).toEqual([['1 2 3 4 5 6 (live)'], 2])
})

it('a gap that comes while a state is to be loaded anew has it loaded, once', async () => {
  muteConsole()
  const wire = wireWith(1)
  const server = serverOf(wire)
  const load = vi.fn(() => server.snapshot(server.head()))
  const reduce: Options['reduce'] = (state, event) => {
    if (event.data.percent < 4) throw new Error('a small one')
    return add(state, event)
  }
  const { settled, advance } = renderWithWire(<Shown load={load} reduce={reduce} />, { wire })
  await settled()
  for (const seq of [2, 3]) {
    emit(wire, seq, seq)
    await advance(100)
  }
  // After the second in a row a second is waited.
  expect([shown(), load.mock.calls.length]).toEqual([['1 2 (live) handler_failed'], 2])
  wire.offline()
  emit(wire, 4, 9)
  wire.log.trim(topic.name, 6)
  wire.offline(false)
  await advance(500)
  emit(wire, 10, 10)
  await advance(5000)
  expect([shown(), load.mock.calls.length]).toEqual([['1 2 3 4 5 6 7 8 9 10 (live)'], 3])
})

it('a cursor of `load` that is none is told with its cause, and no event is put into that state', async () => {
  const wire = wireWith(2)
  const load = vi.fn(() => serverOf(wire).snapshot(2)).mockReturnValueOnce({ state: { of: [] }, cursor: '2' as never })
  const { settled, advance, subscriber } = renderWithWire(<Shown load={load} />, { wire })
  const told = vi.fn()
  subscriber.on('error', told)
  await settled()
  expect(shown()).toEqual(['nothing (replaying) load_failed'])
  expect(told.mock.calls).toMatchObject([[{ code: 'load_failed', message: /"2" is not a cursor/ }]])
  emit(wire, 3, 3)
  await advance(3000)
  expect(shown()).toEqual(['1 2 3 (live)'])
})

it('a snapshot without a cursor is shown until the state is loaded', async () => {
  const wire = wireWith(2)
  const server = serverOf(wire)
  let answer = () => {}
  const loaded = new Promise<void>((resolve) => {
    answer = resolve
  })
  const load = async () => {
    await loaded
    return server.snapshot(2)
  }
  const { settled } = renderWithWire(<Shown initial={{ of: [0] }} load={load} />, { wire })
  await settled()
  emit(wire, 3, 3)
  await settled()
  expect(shown()).toEqual(['0 (replaying)'])
  answer()
  await settled()
  expect(shown()).toEqual(['1 2 3 (live)'])
})

it('a reducer that throws has the state loaded anew, with what it threw on', async () => {
  const logged = muteConsole()
  const wire = wireWith(3)
  const server = serverOf(wire)
  const reduce: Options['reduce'] = (state, event) => {
    if (event.data.percent === 2) throw new Error('an even one')
    return add(state, event)
  }
  const load = vi.fn(() => server.snapshot(server.head())).mockReturnValueOnce(server.snapshot(1))
  const { settled, advance } = renderWithWire(
    <Shown initial={{ of: [] }} cursor="start" load={load} reduce={reduce} />,
    { wire },
  )
  await settled()
  await advance(20)
  expect(shown()).toEqual(['1 (replaying) load_failed'])
  await advance(3000)
  expect(shown()).toEqual(['1 2 3 (live)'])
  expect(logged.mock.calls.map(([text]) => text)).toEqual([
    expect.stringContaining('handler_failed'),
    expect.stringContaining('load_failed'),
  ])
})

it('a reducer that throws at everything is shown as an error, and has nothing loaded without a pause', async () => {
  muteConsole()
  const wire = wireWith(1)
  const server = serverOf(wire)
  const load = vi.fn(() => server.snapshot(server.head()))
  const reduce = () => {
    throw new Error('always')
  }
  const { settled, advance } = renderWithWire(<Shown load={load} reduce={reduce} />, { wire })
  await settled()
  for (let seq = 2; seq <= 100; seq += 1) {
    emit(wire, seq, seq)
    await advance(100)
  }
  expect(shown()).toEqual([expect.stringMatching(/handler_failed$/)])
  expect(load.mock.calls.length).toBeLessThan(7)
  await advance(60_000)
  expect(shown()).toEqual([expect.stringMatching(/ 99 100 \(live\)$/)])
})

it('the state of a component that is gone is loaded by one that is there', async () => {
  const wire = wireWith(2)
  const server = serverOf(wire)
  const asked: string[] = []
  const loadAs =
    (name: string): Options['load'] =>
    () => {
      asked.push(name)
      return server.snapshot(server.head())
    }
  const page = (...names: readonly string[]) => (
    <>
      {names.map((name) => (
        <Shown key={name} load={loadAs(name)} />
      ))}
    </>
  )
  const { settled, advance, rerender } = renderWithWire(page('first', 'second'), { wire })
  await settled()
  rerender(page('second'))
  asked.length = 0
  wire.offline()
  emit(wire, 3, 9)
  wire.log.trim(topic.name, 6)
  wire.offline(false)
  await advance(3000)
  expect([asked, shown()]).toEqual([['second'], ['1 2 3 4 5 6 7 8 9 (live)']])
})

it('another topic begins with its own snapshot and with the reducer of that render, and shares by both', async () => {
  const wire = createTestWire()
  wire.emit('job:8', 'job.progress', { percent: 1 })
  const twice: Options['reduce'] = ({ of }, { data }) => ({ of: [...of, data.percent, data.percent] })
  const page = (jobId: string, ...reducers: readonly Options['reduce'][]) => (
    <>
      {reducers.map((reduce, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the component stays
        <Shown key={index} jobId={jobId} initial={{ of: [Number(jobId)] }} cursor="start" reduce={reduce} />
      ))}
    </>
  )
  const { settled, rerender, subscriber } = renderWithWire(page('7', add), { wire })
  await settled()
  rerender(page('8', twice, add))
  expect(shown()).toEqual(['8 (attaching)', '8 (attaching)'])
  await settled()
  expect(shown()).toEqual(['8 1 1 (live)', '8 1 (live)'])
  rerender(page('8', add, twice))
  await settled()
  expect(shown()).toEqual(['8 1 1 (live)', '8 1 (live)'])
  // That of the former topic is kept for a second.
  expect(subscriber.stats().subscriptions).toBe(3)
})

it('[D10] a snapshot that was given for another identity is neither shown nor gone on with', async () => {
  withFakeTimers()
  const wire = wireWith(2)
  const server = serverOf(wire)
  const load = vi.fn(() => ({ ...server.snapshot(2), state: { of: [0] } }))
  const { state, cursor } = server.snapshot(2)
  const page = (on: boolean, key: string) => (
    // Another object with each render, but the same snapshot.
    <Shown key={key} on={on} initial={{ ...state }} cursor={cursor} load={load} />
  )
  const { settled, advance, subscriber, rerender } = renderWithWire(page(true, 'ann'), {
    wire,
    subscriber: { identity: { subject: 'ann' } },
  })
  await settled()
  await act(() => subscriber.changeIdentity({ subject: 'ben' }))
  await settled()
  expect([shown(), load.mock.calls.length]).toEqual([['0 (live)'], 1])
  rerender(page(false, 'ann'))
  expect(shown()).toEqual(['nothing (attaching)'])
  // What nobody shows is gone after a second, so the next begins anew.
  vi.advanceTimersByTime(1100)
  await advance(1100)
  rerender(page(true, 'ann'))
  await settled()
  expect([shown(), load.mock.calls.length]).toEqual([['0 (live)'], 2])
  // What is mounted now is given for who is there now.
  rerender(page(false, 'ben'))
  expect(shown()).toEqual(['1 2 (attaching)'])
})

it('[D10] what was to be loaded anew for one identity is not loaded for the next', async () => {
  muteConsole()
  const wire = wireWith(1)
  const server = serverOf(wire)
  const load = vi.fn(() => server.snapshot(server.head()))
  const reduce: Options['reduce'] = (state, event) => {
    if ([2, 3, 4, 9].includes(event.data.percent)) throw new Error('bad')
    return add(state, event)
  }
  const { advance, settled, subscriber } = renderWithWire(<Shown load={load} reduce={reduce} />, {
    wire,
    subscriber: { identity: { subject: 'ann' } },
  })
  await settled()
  // Each time it is loaded later: at once, after 1 s, after 2 s.
  for (const [percent, ms] of [
    [2, 20],
    [3, 1120],
    [4, 20],
  ] as const) {
    emit(wire, percent, percent)
    await advance(ms)
  }
  // A gap has it loaded before that.
  wire.offline()
  emit(wire, 5, 8)
  wire.log.trim(topic.name, 6)
  wire.offline(false)
  await advance(1300)
  emit(wire, 9, 9)
  await advance(20)
  await act(() => subscriber.changeIdentity({ subject: 'ben' }))
  await advance(100)
  const loads = load.mock.calls.length
  await advance(20_000)
  expect([subscriber.stats().subscriptions, load.mock.calls.length]).toEqual([1, loads])
})

it('a cursor of the server that is none is told, and the state is loaded', async () => {
  const logged = muteConsole()
  const wire = wireWith(2)
  const server = serverOf(wire)
  const { settled } = renderWithWire(<Shown initial={{ of: [7] }} cursor="damaged" load={() => server.snapshot(2)} />, {
    wire,
  })
  expect(shown()[0]).toMatch(/^7 /)
  await settled()
  expect(shown()).toEqual(['1 2 (live)'])
  expect(logged.mock.calls[0]?.[0]).toContain('invalid_cursor')
})
