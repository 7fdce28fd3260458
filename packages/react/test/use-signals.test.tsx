// @vitest-environment jsdom
import { browserLifecycle } from '@steadywire/core/browser'
import { createTestWire, type TestWire } from '@steadywire/core/testing'
import { type RefreshOn, useSignals } from '@steadywire/react'
import { type RenderWithWireOptions, renderWithWire } from '@steadywire/react/testing'
import { act, cleanup } from '@testing-library/react'
import type { ReactElement } from 'react'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Background } from '../../react-native/src/app-state.ts'
import { nativeLifecycle } from '../../react-native/src/lifecycle.ts'
import { createApp } from '../../react-native/test/phone.ts'
import { job, topic } from './family.ts'

const refreshed: string[] = []
afterEach(() => {
  cleanup()
  refreshed.length = 0
})

function Jobs({ refreshOn }: { readonly refreshOn?: RefreshOn }) {
  useSignals(topic, {
    refresh: (changes) => refreshed.push(changes.map(({ key, count }) => `${key}×${count}`).join()),
    refreshAll: (reason) => refreshed.push(`all: ${reason}`),
    ...(refreshOn && { refreshOn }),
  })
  return null
}

/** Live for so long that what was attached first is told of. */
async function renderLive(ui: ReactElement, options?: RenderWithWireOptions) {
  const rendered = renderWithWire(ui, options)
  await rendered.advance(1000)
  refreshed.length = 0
  return rendered
}

const update = (wire: TestWire, of: ReturnType<typeof job> = topic) => wire.emit(of, 'job.progress', { percent: 1 })

it('ten updates of one job are one refresh, when it is quiet; of two jobs there are two changes', async () => {
  const { wire, settled, advance } = await renderLive(<Jobs />)
  for (let n = 0; n < 10; n++) wire.emit(topic, 'job.progress', { percent: n }, { entity: { type: 'job', id: '1' } })
  wire.emit(topic, 'job.log', { line: '' }, { entity: { type: 'job', id: '2' } })
  await settled()
  await advance(499)
  expect(refreshed).toEqual([])
  await advance(1)
  expect(refreshed).toEqual(['job:1×10,job:2×1'])
})

it('after a gap everything is refreshed', async () => {
  const { wire, advance } = await renderLive(<Jobs />)
  wire.offline()
  for (let n = 0; n < 3; n++) update(wire)
  wire.log.trim(topic.name, 3)
  wire.offline(false)
  await advance(3000)
  expect(refreshed).toEqual(['all: gap'])
})

it('everything is refreshed, instead of what changed, once the topic is attached: the app may have fetched before', async () => {
  const { wire, advance } = renderWithWire(<Jobs />)
  update(wire)
  await advance(5)
  update(wire)
  await advance(3000)
  expect(refreshed).toEqual(['all: attached'])
})

it('who comes when the topic is attached already needs nothing, also while it reconnects', async () => {
  const page = (count: number) => (
    <>
      {['a', 'b', 'c'].slice(0, count).map((key) => (
        <Jobs key={key} />
      ))}
    </>
  )
  const { wire, rerender, advance } = await renderLive(page(1))
  rerender(page(2))
  await advance(1000)
  act(() => wire.offline())
  rerender(page(3))
  act(() => wire.offline(false))
  await advance(3000)
  expect(refreshed).toEqual([])
})

it('not where that is not asked for', async () => {
  const { advance } = renderWithWire(<Jobs refreshOn={['gap']} />)
  await advance(3000)
  expect(refreshed).toEqual([])
})

it('[D10] for another identity everything is refreshed, and what was gathered for the former is forgotten', async () => {
  const { wire, settled, advance, subscriber, unmount } = await renderLive(<Jobs />)
  update(wire)
  await settled()
  await act(() => subscriber.changeIdentity({ subject: 'ben' }))
  await advance(3000)
  expect(refreshed).toEqual(['all: attached'])
  update(wire)
  await settled()
  unmount()
  await act(() => subscriber.changeIdentity({ subject: 'cas' }))
  await wire.settled()
  expect(refreshed).toEqual(['all: attached'])
})

it('changes of one topic are handed to the functions that were given for it', async () => {
  const told: string[] = []
  function Job({ jobId }: { readonly jobId: string }) {
    useSignals(job({ jobId }), {
      refresh: (changes) => told.push(`${jobId}: ${changes.map(({ event }) => event.topic)}`),
      refreshAll: () => {},
    })
    return null
  }
  const { wire, settled, advance, rerender } = await renderLive(<Job jobId="7" />)
  update(wire)
  await settled()
  rerender(<Job jobId="8" />)
  await advance(1000)
  update(wire, job({ jobId: '8' }))
  await advance(1000)
  expect(told).toEqual(['7: job:7', '8: job:8'])
})

it.each([
  [undefined, 297_000, []],
  [undefined, 300_000, ['all: absence']],
  [[{ absentMs: 10_000 }], 10_000, ['all: absence']],
  [['gap'], 3_000_000, []],
] as const)('after time away, as refreshOn %j says (%i ms)', async (refreshOn, awayMs, expected) => {
  const { wire, advance } = await renderLive(<Jobs {...(refreshOn && { refreshOn })} />)
  act(() => wire.offline())
  await advance(awayMs)
  act(() => wire.offline(false))
  await advance(900)
  expect(refreshed).toEqual(expected)
  act(() => wire.cut())
  await advance(900)
  expect(refreshed).toEqual(expected)
})

it('time during which nothing ran counts, from when the other side was last heard', async () => {
  const { wire, advance } = await renderLive(<Jobs />)
  wire.clock.jumpWall(8 * 3_600_000)
  act(() => wire.cut())
  await advance(5000)
  expect(refreshed).toEqual(['all: absence'])
})

describe('an app on a phone', () => {
  /** A phone that suspends an app in the background: its timers stand still, the wall clock goes on. */
  async function renderOnPhone(ui: ReactElement, background: Background) {
    const wire = createTestWire()
    const { appState, become } = createApp()
    const lifecycle = nativeLifecycle({ appState, background, clock: wire.clock })
    const rendered = await renderLive(ui, { wire, subscriber: { lifecycle } })
    const away = async (ms: number) => {
      act(() => become('background'))
      wire.clock.jumpWall(ms)
      act(() => become('active'))
      await rendered.advance(5000)
    }
    return { ...rendered, wire, away }
  }

  it.each(['suspend', 'hold', { graceMs: 30_000 }, { graceMs: 3_600_000 }] as const)(
    'that was suspended for half an hour was away so long, with %j',
    async (background) => {
      const { wire, away, advance } = await renderOnPhone(<Jobs />, background)
      await away(1_800_000)
      expect(refreshed).toEqual(['all: absence'])
      act(() => wire.cut())
      await advance(5000)
      expect(refreshed).toEqual(['all: absence'])
    },
  )

  it.each(['suspend', 'hold', { graceMs: 30_000 }] as const)(
    'that is looked at again refreshes if that is asked for, and not otherwise, with %j',
    async (background) => {
      const inFront = await renderOnPhone(<Jobs refreshOn={['foreground']} />, background)
      await inFront.away(2000)
      expect(refreshed).toEqual(['all: absence'])
      inFront.unmount()
      const other = await renderOnPhone(<Jobs />, background)
      await other.away(2000)
      expect(refreshed).toEqual([])
    },
  )
})

it('when a page that stayed connected is shown again, if that is asked for', async () => {
  const hidden = vi.spyOn(document, 'visibilityState', 'get')
  onTestFinished(() => hidden.mockRestore())
  const { advance } = await renderLive(<Jobs refreshOn={['foreground']} />, {
    subscriber: { lifecycle: browserLifecycle() },
  })
  for (const state of ['hidden', 'visible'] as const) {
    hidden.mockReturnValue(state)
    document.dispatchEvent(new Event('visibilitychange'))
  }
  await advance(1000)
  expect(refreshed).toEqual(['all: absence'])
})

it('when the app is in front again, if that is asked for', async () => {
  const { wire, advance } = await renderLive(<Jobs refreshOn={['foreground']} />)
  act(() => wire.offline())
  act(() => wire.offline(false))
  await advance(3000)
  expect(refreshed).toEqual([])
  act(() => wire.background())
  act(() => wire.background(false))
  await advance(3000)
  expect(refreshed).toEqual(['all: absence'])
})

it('what was gathered is refreshed when it is unmounted, and nothing after it', async () => {
  const { wire, settled, unmount } = await renderLive(<Jobs />)
  update(wire)
  await settled()
  unmount()
  update(wire)
  await wire.settled()
  await wire.clock.advance(10_000)
  expect(refreshed).toEqual(['job.progress×1'])
})

it('what came while nobody was there is not overlooked by who is back within a second', async () => {
  const { wire, rerender, advance } = renderWithWire(<Jobs key="first" />)
  await advance(1000)
  refreshed.length = 0
  rerender(<p />)
  wire.emit(topic, 'job.progress', { percent: 1 })
  await advance(100)
  rerender(<Jobs key="second" />)
  await advance(1000)
  expect(refreshed).toEqual(['all: attached'])
})

it('[D7] a refresh that never ends does not stop the later ones', async () => {
  const logged = vi.spyOn(console, 'error').mockReturnValue()
  onTestFinished(() => logged.mockRestore())
  const refresh = vi.fn(() => new Promise<void>(() => {}))
  function Hangs() {
    useSignals(topic, { refresh, refreshAll: () => {}, refreshOn: [] })
    return null
  }
  const { wire, settled, advance } = renderWithWire(<Hangs />)
  await settled()
  for (const percent of [1, 2]) {
    wire.emit(topic, 'job.progress', { percent })
    await advance(40_000)
  }
  expect(refresh).toHaveBeenCalledTimes(2)
})
