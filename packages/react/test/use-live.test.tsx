// @vitest-environment jsdom
import { type Cursor, createSubscriber, encodeCursor, positionOf, type WireEvent } from '@steadywire/core'
import { createTestWire, type TestWire } from '@steadywire/core/testing'
import { type KeyValueStorage, type LiveOptions, SteadywireProvider, useLive } from '@steadywire/react'
import { renderWithWire } from '@steadywire/react/testing'
import { act, cleanup, screen } from '@testing-library/react'
import { StrictMode } from 'react'
import { hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, expect, it, onTestFinished, vi } from 'vitest'
import { topic } from './family.ts'

afterEach(cleanup)

/** The sum of all percents, and what it was made of. */
interface Sum {
  readonly of: readonly number[]
}

type Options = LiveOptions<Sum, typeof topic, 'job.progress'>

const add: Options['reduce'] = ({ of }, { data }) => ({ of: [...of, data.percent] })

/** The backend: reads the head, then the state. */
function serverOf(wire: TestWire) {
  const cursorAt = (seq: number): Cursor => {
    const event = wire.log.read(topic.name, { limit: 1, after: { seq: seq - 1 } }).events[0]
    return encodeCursor(positionOf(event as WireEvent))
  }
  const stateAt = (seq: number): Sum => ({ of: Array.from({ length: seq }, (_, index) => index + 1) })
  return {
    snapshot: (seq: number) => ({ state: stateAt(seq), cursor: cursorAt(seq) }),
    loads: [] as string[],
    head: () => wire.log.read(topic.name, { limit: 0, last: true }).head,
  }
}

function wireWith(count: number) {
  const wire = createTestWire()
  emit(wire, 1, count)
  return wire
}

function emit(wire: TestWire, from: number, to: number) {
  for (let percent = from; percent <= to; percent++) wire.emit(topic, 'job.progress', { percent })
}

function Shown(options: Partial<Options>) {
  const { state, status } = useLive<Sum, typeof topic, 'job.progress'>(topic, {
    load: () => ({ state: { of: [] } }),
    reduce: add,
    types: ['job.progress'],
    ...options,
  })
  return (
    <p>
      {state ? state.of.join(' ') : 'nothing'} ({status})
    </p>
  )
}

const shown = () => screen.getAllByRole('paragraph').map(({ textContent }) => textContent)

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
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
  onTestFinished(() => logged.mockRestore())
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

/** As AsyncStorage: late. */
function lateStorage(): KeyValueStorage & { readonly entries: Map<string, string> } {
  const entries = new Map<string, string>()
  return {
    entries,
    getItem: async (key) => entries.get(key),
    setItem: async (key, value) => void entries.set(key, value),
    removeItem: async (key) => void entries.delete(key),
  }
}

function withFakeTimers() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
}

it('keeps state and cursor together, and after a restart goes on where it was', async () => {
  withFakeTimers()
  const wire = wireWith(3)
  const storage = lateStorage()
  const persist = { storage, key: 'sum' }
  const start = serverOf(wire).snapshot(1)
  const first = renderWithWire(<Shown initial={start.state} cursor={start.cursor} persist={persist} />, { wire })
  await first.settled()
  vi.advanceTimersByTime(1000)
  await first.settled()
  expect([...storage.entries.keys()]).toEqual(['steadywire:live:/sum'])
  first.unmount()
  emit(wire, 4, 5)
  const load = vi.fn()
  const second = renderWithWire(<Shown load={load} persist={persist} />, { wire })
  await second.settled()
  expect([shown(), load.mock.calls.length]).toEqual([['1 2 3 4 5 (live)'], 0])
})

it('what the server rendered later goes before what was kept, and what can not be read is left alone', async () => {
  const wire = wireWith(6)
  const server = serverOf(wire)
  const storage = lateStorage()
  storage.entries.set(
    'steadywire:live:/sum',
    JSON.stringify({ state: { of: ['old'] }, cursor: server.snapshot(2).cursor }),
  )
  const { state, cursor } = server.snapshot(5)
  const { settled, unmount } = renderWithWire(
    <Shown initial={state} cursor={cursor} persist={{ storage, key: 'sum' }} />,
    {
      wire,
    },
  )
  await settled()
  expect(shown()).toEqual(['1 2 3 4 5 6 (live)'])
  unmount()
  for (const rubbish of ['{', '{"state":1}', '{"state":{"of":[]},"cursor":"x"}']) {
    storage.entries.set('steadywire:live:/other', rubbish)
    const again = renderWithWire(<Shown load={() => server.snapshot(6)} persist={{ storage, key: 'other' }} />, {
      wire,
    })
    await again.settled()
    expect(shown()).toEqual(['1 2 3 4 5 6 (live)'])
    again.unmount()
  }
})

it('a storage that hangs keeps nothing away for longer than five seconds', async () => {
  withFakeTimers()
  const wire = wireWith(2)
  const server = serverOf(wire)
  const storage = { ...lateStorage(), getItem: () => new Promise<string>(() => {}) }
  const { settled } = renderWithWire(<Shown load={() => server.snapshot(2)} persist={{ storage, key: 'sum' }} />, {
    wire,
  })
  await settled()
  expect(shown()[0]).toMatch(/^nothing/)
  vi.advanceTimersByTime(5000)
  await settled()
  expect(shown()).toEqual(['1 2 (live)'])
})

it('what an older app kept is checked by `parse`', async () => {
  const wire = wireWith(2)
  const server = serverOf(wire)
  const storage = lateStorage()
  storage.entries.set('steadywire:live:/sum', JSON.stringify({ state: 'v1', cursor: server.snapshot(1).cursor }))
  const parse = (stored: unknown): Sum => {
    if (typeof stored !== 'object') throw new Error('not of this version')
    return stored as Sum
  }
  const { settled } = renderWithWire(
    <Shown load={() => server.snapshot(2)} persist={{ storage, key: 'sum', parse }} />,
    { wire },
  )
  await settled()
  expect(shown()).toEqual(['1 2 (live)'])
})

it('[D10] for another identity nothing of the former is shown, kept under its name, or taken from its snapshot', async () => {
  withFakeTimers()
  const wire = wireWith(3)
  const server = serverOf(wire)
  const storage = lateStorage()
  const { state, cursor } = server.snapshot(3)
  const load = vi.fn(() => server.snapshot(server.head()))
  const { settled, subscriber } = renderWithWire(
    <Shown initial={state} cursor={cursor} load={load} persist={{ storage, key: 'sum' }} />,
    { wire, subscriber: { identity: { subject: 'ann' } } },
  )
  await settled()
  emit(wire, 4, 4)
  await settled()
  vi.advanceTimersByTime(1000)
  await settled()
  expect([...storage.entries.keys()]).toEqual(['steadywire:live:ann/sum'])
  await act(() => subscriber.changeIdentity({ subject: 'ben' }, { purge: true }))
  expect(shown()[0]).toMatch(/^nothing/)
  await settled()
  vi.advanceTimersByTime(1000)
  await settled()
  expect([shown(), load.mock.calls.length]).toEqual([['1 2 3 4 (live)'], 1])
  expect([...storage.entries.keys()]).toEqual(['steadywire:live:ben/sum'])
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
