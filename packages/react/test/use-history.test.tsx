// @vitest-environment jsdom
import { useHistory } from '@steadywire/react'
import { renderWithWire } from '@steadywire/react/testing'
import { act, cleanup, screen } from '@testing-library/react'
import { afterEach, expect, it } from 'vitest'
import { topic, wireWith } from './family.ts'

afterEach(cleanup)

function History({ before }: { readonly before?: number }) {
  const { events, loading, hasMore, error, load } = useHistory(topic, { limit: 2, ...(before && { before }) })
  return (
    <button type="button" onClick={load}>
      {events.map(({ seq }) => seq).join(' ')}
      {loading && ' loading'}
      {hasMore && ' and older ones'}
      {error && ` ${error.code}`}
    </button>
  )
}

const shown = () => screen.getByRole('button').textContent
const click = () => act(() => screen.getByRole('button').click())

it('reads the newest page, and older ones on demand, until there are none', async () => {
  const { settled, subscriber } = renderWithWire(<History />, { wire: wireWith(5) })
  expect(shown()).toBe(' loading')
  await settled()
  expect(shown()).toBe('4 5 and older ones')
  click()
  click()
  await settled()
  expect(shown()).toBe('2 3 4 5 and older ones')
  click()
  await settled()
  expect(shown()).toBe('1 2 3 4 5')
  click()
  await settled()
  expect([shown(), subscriber.stats().subscriptions]).toEqual(['1 2 3 4 5', 0])
})

it('reads what is below a seq, such as the first of a live list', async () => {
  const { settled } = renderWithWire(<History before={3} />, { wire: wireWith(5) })
  await settled()
  expect(shown()).toBe('1 2')
})

it('shows why it could not read, and reads when the connection is back', async () => {
  const { wire, settled, advance } = renderWithWire(<History />, { wire: wireWith(3) })
  act(() => wire.offline())
  await advance(10_000)
  expect(shown()).toMatch(/^ (deadline|unavailable)$/)
  act(() => wire.offline(false))
  await settled()
  expect(shown()).toBe('2 3 and older ones')
})

it('[D10] for another identity reads anew', async () => {
  const { wire, settled, subscriber } = renderWithWire(<History />, { wire: wireWith(3) })
  await settled()
  wire.forbid(topic)
  await act(() => subscriber.changeIdentity({ subject: 'ben' }))
  expect(shown()).toBe(' loading')
  await settled()
  expect(shown()).toBe(' forbidden')
})

it('[D4b] shows nothing of a log that was made anew beside what the former one had', async () => {
  const wire = wireWith(5)
  const { settled, advance } = renderWithWire(<History />, { wire })
  await settled()
  wire.restartLog()
  for (let percent = 1; percent <= 6; percent++) wire.emit(topic, 'job.progress', { percent })
  await advance(5000)
  click()
  await settled()
  expect(shown()).toBe('4 5')
})

it('has nothing under way while there is no topic', async () => {
  function Nothing() {
    return <p>{String(useHistory(undefined).loading)}</p>
  }
  const { settled } = renderWithWire(<Nothing />)
  await settled()
  expect(screen.getByRole('paragraph').textContent).toBe('false')
})

it('shows 10,000 events at most', async () => {
  function Long() {
    const { events, hasMore, load } = useHistory(topic, { limit: 900 })
    return (
      <button type="button" onClick={load}>
        {events.length} {String(hasMore)}
      </button>
    )
  }
  const { settled } = renderWithWire(<Long />, { wire: wireWith(10_001) })
  await settled()
  for (let page = 0; page < 12; page++) {
    click()
    await settled()
  }
  expect(shown()).toBe('10000 false')
})
