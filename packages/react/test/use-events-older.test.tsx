// @vitest-environment jsdom
import { createTestWire } from '@steadywire/core/testing'
import { useEvents, useLatest } from '@steadywire/react'
import { EventList } from '@steadywire/react/components'
import { renderWithWire } from '@steadywire/react/testing'
import { act, cleanup, screen } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import { topic, wireWith } from './family.ts'

afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

function List({ limit = 2, types }: { readonly limit?: number; readonly types?: readonly 'job.log'[] }) {
  const { events, gaps, older } = useEvents(topic, { limit, ...(types && { types }) })
  return (
    <button type="button" onClick={older.load}>
      {events.map(({ seq }) => seq).join(' ')}
      {gaps.map(({ reason }) => ` ${reason}`)}
      {older.loading && ' loading'}
      {older.hasMore && ' and more'}
      {older.error && ` ${older.error.code}`}
    </button>
  )
}

const shown = () => screen.getByRole('button').textContent
const click = () => act(() => screen.getByRole('button').click())

it('puts older events before the others, and keeps all while new ones come', async () => {
  const { wire, settled } = renderWithWire(<List />, { wire: wireWith(7) })
  await settled()
  expect(shown()).toBe('6 7')
  click()
  click()
  expect(shown()).toBe('6 7')
  await settled()
  expect(shown()).toBe('4 5 6 7 and more')
  for (let percent = 8; percent <= 12; percent++) wire.emit(topic, 'job.progress', { percent })
  await settled()
  expect(shown()).toBe('4 5 6 7 8 9 10 11 12 and more')
  click()
  await settled()
  click()
  await settled()
  expect(shown()).toBe('1 2 3 4 5 6 7 8 9 10 11 12')
})

it('reads on below what is shown, although more has come than is shown', async () => {
  const { wire, settled } = renderWithWire(<List />, { wire: wireWith(3) })
  await settled()
  wire.emit(topic, 'job.progress', { percent: 4 })
  await settled()
  expect(shown()).toBe('3 4')
  click()
  await settled()
  expect(shown()).toBe('1 2 3 4')
})

it('asked before the topic is there, begins below what it will be', async () => {
  const { settled } = renderWithWire(<List />, { wire: wireWith(4) })
  click()
  await settled()
  expect(shown()).toBe('1 2 3 4')
})

it('of some types only, looks further back until it finds one, or the end', async () => {
  const wire = createTestWire()
  wire.emit(topic, 'job.log', { line: 'first' })
  for (let percent = 2; percent <= 9; percent++) wire.emit(topic, 'job.progress', { percent })
  const { settled } = renderWithWire(<List types={['job.log']} />, { wire })
  await settled()
  expect(shown()).toBe('')
  wire.emit(topic, 'job.log', { line: 'tenth' })
  await settled()
  expect(shown()).toBe('10')
  click()
  await settled()
  expect(shown()).toBe('1 10')
})

it('holds 10,000 at most, the newest', async () => {
  const { wire, settled } = renderWithWire(<List limit={9998} />, { wire: wireWith(10_005) })
  const seqs = () => shown()?.split(' ').map(Number) ?? []
  await settled()
  expect(seqs()[0]).toBe(8)
  click()
  await settled()
  expect([seqs()[0], seqs().length]).toEqual([6, 10_000])
  wire.emit(topic, 'job.progress', { percent: 1 })
  await settled()
  click()
  await settled()
  expect([seqs()[0], seqs().length]).toEqual([7, 10_000])
})

it('[R2] of a log that was made anew nothing is older than what is shown', async () => {
  const { wire, settled, advance } = renderWithWire(<List />, { wire: wireWith(4) })
  await settled()
  wire.offline()
  wire.log.restart()
  for (let percent = 1; percent <= 6; percent++) wire.emit(topic, 'job.progress', { percent })
  wire.offline(false)
  await advance(60_000)
  const before = shown()
  expect(before).toMatch(/ epoch$/)
  click()
  await settled()
  expect(shown()).toBe(before)
})

it('says why there is nothing older to be had', async () => {
  const wire = wireWith(4)
  const { settled, advance } = renderWithWire(<List />, { wire })
  await settled()
  act(() => wire.offline())
  click()
  await advance(10_000)
  expect(shown()).toMatch(/^3 4 (deadline|unavailable)$/)
  act(() => wire.offline(false))
  await advance(3000)
  expect(shown()).toBe('1 2 3 4')
})

it('[D10] what was loaded for one identity is not shown to another', async () => {
  const { wire, settled, subscriber } = renderWithWire(<List />, { wire: wireWith(4) })
  await settled()
  click()
  wire.forbid(topic)
  await act(() => subscriber.changeIdentity({ subject: 'ben' }))
  await settled()
  expect(shown()).toBe('')
})

it('after a refusal that is over, and while there is no connection, older ones come when the topic is there', async () => {
  vi.spyOn(console, 'error').mockReturnValue()
  const wire = wireWith(5)
  wire.forbid(topic)
  const { settled, advance, subscriber } = renderWithWire(<List />, { wire })
  await settled()
  click()
  await settled()
  expect(shown()).toBe(' forbidden')
  wire.forbid(topic, false)
  act(() => subscriber.retry())
  await advance(3000)
  expect(shown()).toBe('2 3 4 5 and more')
})

it('says why nothing older comes while the wire can not be reached', async () => {
  vi.spyOn(console, 'error').mockReturnValue()
  const wire = wireWith(3)
  const transport = { ...wire.transport, connect: () => Promise.reject(new Error('down')) }
  const { settled, advance } = renderWithWire(<List />, { wire, subscriber: { transport } })
  await settled()
  click()
  await advance(600_000)
  expect(shown()).toBe(' unavailable')
})

it('[D4c] of a log that was taken back nothing is older than what is shown', async () => {
  const wire = wireWith(5)
  const { settled, advance } = renderWithWire(<List />, { wire })
  await settled()
  click()
  await settled()
  wire.log.rewind(1)
  await advance(60_000)
  for (let percent = 1; percent <= 4; percent++) wire.emit(topic, 'job.progress', { percent })
  await advance(60_000)
  const before = shown()
  expect(before).toMatch(/^2 3 4 5 2 3 4 5 rewound/)
  click()
  await settled()
  expect(shown()).toBe(before)
})

it('looks for rare types by many events at once', async () => {
  const wire = createTestWire()
  wire.emit(topic, 'job.log', { line: 'first' })
  for (let percent = 1; percent <= 300; percent++) wire.emit(topic, 'job.progress', { percent })
  const { settled } = renderWithWire(<List limit={1} types={['job.log']} />, { wire })
  await settled()
  const read = vi.spyOn(wire.log, 'read')
  click()
  await settled()
  expect([shown(), read.mock.calls.length]).toEqual(['1', 1])
})

it('[D10] who held on to `load` of one identity asks nothing for the next', async () => {
  let load = (): void => {}
  function Keeps() {
    const { older } = useEvents(topic, { limit: 2 })
    load = older.hasMore ? older.load : load
    return <List />
  }
  const { settled, subscriber } = renderWithWire(<Keeps />, { wire: wireWith(9) })
  await settled()
  click()
  await settled()
  const kept = load
  await act(() => subscriber.changeIdentity({ subject: 'ben' }))
  const history = vi.spyOn(subscriber, 'history')
  kept()
  await settled()
  expect(history).not.toHaveBeenCalled()
})

it('the newest event stays the newest when older ones were loaded beside it', async () => {
  function Page() {
    return (
      <>
        <List limit={1} />
        <p>{useLatest(topic)?.seq}</p>
      </>
    )
  }
  const { settled } = renderWithWire(<Page />, { wire: wireWith(5) })
  await settled()
  click()
  await settled()
  expect([shown(), screen.getByRole('paragraph').textContent]).toEqual(['4 5 and more', '5'])
})

it('a list that has nothing to show asks for older ones, too', async () => {
  function Log() {
    const { events, older, caughtUp } = useEvents(topic, { limit: 3, types: ['job.log'] })
    return (
      <EventList
        events={events}
        renderEvent={({ data }) => data.line}
        onReachStart={caughtUp ? older.load : undefined}
        data-testid="list"
        data-shown={events.map(({ seq }) => seq).join()}
      />
    )
  }
  const wire = createTestWire()
  wire.emit(topic, 'job.log', { line: 'x' })
  for (let percent = 1; percent <= 9; percent++) wire.emit(topic, 'job.progress', { percent })
  const { settled } = renderWithWire(<Log />, { wire })
  await settled()
  await settled()
  expect(screen.getByTestId('list').dataset.shown).toBe('1')
})

it('[C7] who held on to `load` of a list that is gone leaves nothing behind', async () => {
  let load = (): void => {}
  function Keeps() {
    load = useEvents(topic, { limit: 2 }).older.load
    return null
  }
  const { settled, advance, rerender, subscriber } = renderWithWire(<Keeps />, { wire: wireWith(5) })
  await settled()
  rerender(<p />)
  await advance(1500)
  const history = vi.spyOn(subscriber, 'history')
  const listens = vi.spyOn(subscriber, 'on')
  load()
  await settled()
  expect([history.mock.calls, listens.mock.calls]).toEqual([[], []])
})
