// @vitest-environment jsdom
import { createTestWire } from '@steadywire/core/testing'
import { useEvents } from '@steadywire/react'
import { renderWithWire } from '@steadywire/react/testing'
import { act, cleanup, screen } from '@testing-library/react'
import { afterEach, expect, it } from 'vitest'
import { topic } from './family.ts'

afterEach(cleanup)

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

function wireWith(count: number) {
  const wire = createTestWire()
  for (let percent = 1; percent <= count; percent++) wire.emit(topic, 'job.progress', { percent })
  return wire
}

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
