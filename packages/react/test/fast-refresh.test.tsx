// @vitest-environment jsdom
import { createTestWire } from '@steadywire/core/testing'
import * as refresh from 'react-refresh/runtime'
import { expect, it, onTestFinished, vi } from 'vitest'
import { topic } from './family.ts'

// React looks for it when it is loaded.
refresh.injectIntoGlobalHook(window)
const { useEvents } = await import('@steadywire/react')
const { renderWithWire } = await import('@steadywire/react/testing')
const { act, cleanup, screen } = await import('@testing-library/react')

/** What the file of a component is compiled to: the component, and the signature of its hooks. */
function module(title: string, hooks: string) {
  const sign = refresh.createSignatureFunctionForTransform()
  function List() {
    sign()
    const { events } = useEvents(topic)
    return (
      <p>
        {title}: {events.map(({ seq }) => seq).join(' ')}
      </p>
    )
  }
  sign(List, hooks)
  refresh.register(List, 'List')
  return List
}

/** Saves the file. */
const save = (title: string, hooks: string) =>
  act(() => {
    module(title, hooks)
    refresh.performReactRefresh()
  })

const shown = () => screen.getByRole('paragraph').textContent

it('an edit of a component goes on with its subscription, also one that changes its hooks', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => {
    cleanup()
    vi.useRealTimers()
  })
  const wire = createTestWire()
  wire.emit(topic, 'job.progress', { percent: 1 })
  const List = module('before', 'useEvents')
  const { settled, subscriber } = renderWithWire(<List />, { wire })
  await settled()
  expect(shown()).toBe('before: 1')
  for (const [title, hooks] of [
    ['edited', 'useEvents'],
    ['with another hook', 'useEvents useState'],
  ] as const) {
    save(title, hooks)
    expect(shown()).toMatch(new RegExp(`^${title}: 1`))
    wire.emit(topic, 'job.progress', { percent: 2 })
    await settled()
    vi.advanceTimersByTime(5000)
    expect(subscriber.stats().subscriptions).toBe(1)
  }
  expect([shown(), subscriber.stats().connections]).toEqual(['with another hook: 1 2 3', 1])
})
