// @vitest-environment jsdom
import { createTestWire } from '@steadywire/core/testing'
import { useOnEvent } from '@steadywire/react'
import { renderWithWire } from '@steadywire/react/testing'
import { cleanup } from '@testing-library/react'
import { StrictMode } from 'react'
import { afterEach, expect, it, onTestFinished, vi } from 'vitest'
import { topic } from './family.ts'

afterEach(cleanup)

const heard: string[] = []
afterEach(() => {
  heard.length = 0
})

function Listener({ name, from = 'now' }: { readonly name: string; readonly from?: 'now' | 'start' }) {
  useOnEvent(topic, ({ seq }) => void heard.push(`${name}${seq}`), {
    from,
    gap: ({ reason }) => void heard.push(`${name} ${reason}`),
  })
  return null
}

it('calls with what happens while it is mounted, once also in StrictMode, with the function of the last render', async () => {
  const wire = createTestWire()
  wire.emit(topic, 'job.progress', { percent: 0 })
  const { settled, rerender, subscriber } = renderWithWire(
    <StrictMode>
      <Listener name="a" />
      <Listener name="b" />
    </StrictMode>,
    { wire },
  )
  await settled()
  wire.emit(topic, 'job.progress', { percent: 0 })
  await settled()
  expect([heard, subscriber.stats().subscriptions]).toEqual([['a2', 'b2'], 1])
  rerender(
    <StrictMode>
      <Listener name="c" />
    </StrictMode>,
  )
  wire.emit(topic, 'job.progress', { percent: 0 })
  await settled()
  expect(heard).toEqual(['a2', 'b2', 'c3'])
})

it('from elsewhere everybody is told everything from there, whoever was there before', async () => {
  const wire = createTestWire()
  wire.emit(topic, 'job.progress', { percent: 0 })
  const { settled, rerender } = renderWithWire(<Listener name="a" from="start" />, { wire })
  await settled()
  rerender(
    <>
      <Listener name="a" from="start" />
      <Listener name="b" from="start" />
    </>,
  )
  await settled()
  wire.emit(topic, 'job.progress', { percent: 0 })
  await settled()
  expect(heard.toSorted()).toEqual(['a1', 'a2', 'b1', 'b2'])
})

it('a function that throws, or whose promise rejects, keeps nothing from the others, and is reported', async () => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
  onTestFinished(() => logged.mockRestore())
  function Thrower({ late }: { readonly late: boolean }) {
    useOnEvent(topic, () => {
      if (late) return Promise.reject(new Error('late'))
      throw new Error('at once')
    })
    return null
  }
  const { wire, settled, subscriber } = renderWithWire(
    <>
      <Thrower late={false} />
      <Thrower late={true} />
      <Listener name="a" />
    </>,
  )
  const codes: string[] = []
  subscriber.on('error', ({ code, cause }) => void codes.push(`${code} ${cause instanceof AggregateError}`))
  await settled()
  wire.emit(topic, 'job.progress', { percent: 0 })
  wire.emit(topic, 'job.progress', { percent: 0 })
  await settled()
  expect(heard).toEqual(['a1', 'a2'])
  expect(codes).toEqual(['handler_failed true', 'handler_failed true'])
})

it('tells what could not be had', async () => {
  const { wire, settled, advance } = renderWithWire(<Listener name="a" />)
  wire.emit(topic, 'job.progress', { percent: 0 })
  await settled()
  wire.emit(topic, 'job.progress', { percent: 0 })
  await settled()
  wire.offline()
  for (let n = 0; n < 3; n++) wire.emit(topic, 'job.progress', { percent: 0 })
  wire.log.trim(topic.name, 4)
  wire.offline(false)
  await advance(3000)
  expect(heard).toEqual(['a2', 'a trimmed', 'a5'])
})
