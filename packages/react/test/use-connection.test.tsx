// @vitest-environment jsdom
import { createSubscriber, type Subscriber, wireError } from '@steadywire/core'
import { createTestWire } from '@steadywire/core/testing'
import { SteadywireProvider, useConnection, useEvents } from '@steadywire/react'
import { renderWithWire } from '@steadywire/react/testing'
import { act, cleanup, screen } from '@testing-library/react'
import { hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, expect, it, vi } from 'vitest'
import { topic } from './family.ts'

afterEach(cleanup)

function Connection() {
  useEvents(topic)
  const { state, reason, attempt, nextTryInS, error, retry } = useConnection()
  return (
    <button type="button" onClick={retry}>
      {[state, reason, attempt, nextTryInS, error?.message].join('|')}
    </button>
  )
}

const shown = () => screen.getByRole('button').textContent

const fixed = { delaysMs: [2500], maxAttempts: 2, jitter: false }

it('shows the state, why, and the seconds until the next try, counted down', async () => {
  const { wire, settled, advance } = renderWithWire(<Connection />, { subscriber: { backoff: fixed } })
  await settled()
  expect(shown()).toBe('online||0||')
  vi.spyOn(wire.transport, 'connect').mockRejectedValue(wireError('retry', 'unavailable', 'not there'))
  act(() => wire.cut())
  await settled()
  expect(shown()).toMatch(/^waiting\|connection_lost\|1\|3\|/)
  for (const seconds of [2, 1]) {
    await advance(seconds === 2 ? 500 : 1000)
    expect(shown()).toMatch(new RegExp(`^waiting\\|connection_lost\\|1\\|${seconds}\\|`))
  }
  await advance(1000)
  expect(shown()).toMatch(/^waiting\|unavailable\|2\|3\|not there$/)
  await advance(2500)
  expect(shown()).toBe('failed|unavailable|3||not there')
})

it('tells offline from background, and a click tries again', async () => {
  const { wire, settled, advance } = renderWithWire(<Connection />)
  await settled()
  act(() => wire.offline())
  expect(shown()).toMatch(/^suspended\|offline\|/)
  act(() => wire.background())
  act(() => wire.offline(false))
  expect(shown()).toMatch(/^suspended\|background\|/)
  act(() => wire.background(false))
  await advance(100)
  expect(shown()).toBe('online||0||')
  act(() => wire.cut())
  await settled()
  expect(shown()).toMatch(/^waiting/)
  act(() => screen.getByRole('button').click())
  await settled()
  expect(shown()).toMatch(/^online\|\|/)
})

it('renders only when what it shows has changed', async () => {
  let renders = 0
  function Witness() {
    useConnection()
    renders++
    return null
  }
  const wire = createTestWire()
  const { settled } = renderWithWire(
    <>
      <Connection />
      <Witness />
    </>,
    { wire },
  )
  await settled()
  const before = renders
  for (let percent = 0; percent < 100; percent++) wire.emit(topic, 'job.progress', { percent })
  await settled()
  expect(renders).toBe(before)
})

it('takes over what a server rendered without a word, although it connected before', async () => {
  const wire = createTestWire()
  const page = (subscriber: Subscriber) => (
    <SteadywireProvider subscriber={subscriber}>
      <State />
    </SteadywireProvider>
  )
  function State() {
    return <p>{useConnection().state}</p>
  }
  const container = document.body.appendChild(document.createElement('div'))
  container.innerHTML = renderToString(page(createSubscriber(wire.options)))
  const subscriber = createSubscriber(wire.options)
  subscriber.subscribe(topic, { event() {}, gap() {} })
  await wire.settled()
  const onRecoverableError = vi.fn()
  const root = await act(async () => hydrateRoot(container, page(subscriber), { onRecoverableError }))
  expect([container.textContent, onRecoverableError.mock.calls]).toEqual(['online', []])
  await act(async () => root.unmount())
  container.remove()
  await subscriber.close()
})
