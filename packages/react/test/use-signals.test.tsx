// @vitest-environment jsdom
import { type RefreshOn, useSignals } from '@steadywire/react'
import { renderWithWire } from '@steadywire/react/testing'
import { act, cleanup } from '@testing-library/react'
import { afterEach, expect, it, onTestFinished, vi } from 'vitest'
import { topic } from './family.ts'

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

/** Time of components and of the device, which the test moves. */
function withTime() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
}

it('ten updates of one job are one refresh, when it is quiet; of two jobs there are two changes', async () => {
  withTime()
  const { wire, settled } = renderWithWire(<Jobs />)
  await settled()
  for (let n = 0; n < 10; n++) wire.emit(topic, 'job.progress', { percent: n }, { entity: { type: 'job', id: '1' } })
  wire.emit(topic, 'job.log', { line: '' }, { entity: { type: 'job', id: '2' } })
  await settled()
  vi.advanceTimersByTime(499)
  expect(refreshed).toEqual([])
  await act(async () => vi.advanceTimersByTime(1))
  expect(refreshed).toEqual(['job:1×10,job:2×1'])
})

it('after a gap everything is refreshed', async () => {
  const { wire, settled, advance } = renderWithWire(<Jobs />)
  await settled()
  wire.offline()
  for (let n = 0; n < 3; n++) wire.emit(topic, 'job.progress', { percent: n })
  wire.log.trim(topic.name, 3)
  wire.offline(false)
  await advance(3000)
  expect(refreshed).toEqual(['all: gap'])
})

it.each([
  [undefined, 299_999, []],
  [undefined, 300_000, ['all: absence']],
  [[{ absentMs: 1000 }], 1000, ['all: absence']],
  [['gap'], 3_000_000, []],
] as const)('after time away, as refreshOn %j says (%i ms)', async (refreshOn, awayMs, expected) => {
  withTime()
  const { wire, settled, advance } = renderWithWire(<Jobs {...(refreshOn && { refreshOn })} />)
  await settled()
  act(() => wire.offline())
  vi.advanceTimersByTime(awayMs)
  act(() => wire.offline(false))
  await advance(100)
  expect(refreshed).toEqual(expected)
  act(() => wire.cut())
  await advance(3000)
  expect(refreshed).toEqual(expected)
})

it('when the app is in front again, if that is asked for', async () => {
  const { wire, settled, advance } = renderWithWire(<Jobs refreshOn={['foreground']} />)
  await settled()
  act(() => wire.offline())
  act(() => wire.offline(false))
  await advance(3000)
  expect(refreshed).toEqual([])
  act(() => wire.background())
  act(() => wire.background(false))
  await advance(3000)
  expect(refreshed).toEqual(['all: absence'])
})

it('after it is unmounted nothing is refreshed any more', async () => {
  withTime()
  const { wire, settled, unmount } = renderWithWire(<Jobs />)
  await settled()
  wire.emit(topic, 'job.progress', { percent: 0 })
  await settled()
  unmount()
  vi.advanceTimersByTime(10_000)
  expect(refreshed).toEqual([])
})
