// @vitest-environment jsdom
import { defineTopic } from '@steadywire/core'
import { createTestWire } from '@steadywire/core/testing'
import { SteadywireProvider, useEvents, useLatest } from '@steadywire/react'
import { renderWithWire } from '@steadywire/react/testing'
import { act, cleanup, render, screen } from '@testing-library/react'
import { StrictMode, Suspense, startTransition, useState } from 'react'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import * as z from 'zod'
import { job, topic, wireWith } from './family.ts'

function Percents({ limit, jobId = '7' }: { readonly limit?: number; readonly jobId?: string }) {
  const { events, status, error, gaps } = useEvents(job({ jobId }), {
    types: ['job.progress'],
    ...(limit && { limit }),
  })
  return (
    <p>
      {events.map(({ data }) => data.percent).join(' ')} ({status}){error?.code}
      {gaps.map(({ reason }) => ` gap: ${reason}`)}
    </p>
  )
}

afterEach(cleanup)

const shown = () => screen.getAllByRole('paragraph').map(({ textContent }) => textContent)

it('shows the newest events of the types that were asked for, and what comes', async () => {
  const { wire, settled } = renderWithWire(<Percents limit={2} />, { wire: wireWith(3) })
  expect(shown()).toEqual([' (attaching)'])
  await settled()
  expect(shown()).toEqual(['2 3 (live)'])
  wire.emit(topic, 'job.log', { line: 'passed over' })
  wire.emit(topic, 'job.progress', { percent: 4 })
  await settled()
  expect(shown()).toEqual(['3 4 (live)'])
})

it('goes on over cuts, repeats and losses, each event once and in order', async () => {
  const { wire, settled, advance } = renderWithWire(<Percents />)
  await settled()
  for (let percent = 1; percent <= 9; percent++) {
    if (percent % 3 === 0) wire.cut()
    if (percent % 3 === 1) wire.repeat()
    if (percent % 3 === 2) wire.lose()
    wire.emit(topic, 'job.progress', { percent })
    await advance(3000)
  }
  expect(shown()).toEqual(['1 2 3 4 5 6 7 8 9 (live)'])
})

it('shows what could not be had, and why a topic is not followed', async () => {
  const wire = wireWith(5)
  const { settled, advance } = renderWithWire(
    <>
      <Percents />
      <Percents jobId="forbidden" />
    </>,
    { wire },
  )
  wire.forbid('job:forbidden')
  await settled()
  wire.offline()
  for (let percent = 6; percent <= 9; percent++) wire.emit(topic, 'job.progress', { percent })
  wire.log.trim(topic.name, 8)
  wire.offline(false)
  await advance(3000)
  expect(shown()).toEqual(['1 2 3 4 5 9 (live) gap: trimmed', ' (refused)forbidden'])
})

it('components that ask for the same share one subscription, which ends a second after the last', async () => {
  const { subscriber, rerender, settled, unmount, advance } = renderWithWire(
    <>
      <Percents />
      <Percents />
      <Percents limit={5} />
    </>,
    { wire: wireWith(1) },
  )
  await settled()
  expect(shown()).toEqual(['1 (live)', '1 (live)', '1 (live)'])
  expect(subscriber.stats().subscriptions).toBe(2)
  rerender(<Percents />)
  await advance(1000)
  expect(subscriber.stats().subscriptions).toBe(1)
  unmount()
  await advance(999)
  expect(subscriber.stats().subscriptions).toBe(1)
  await advance(1)
  expect(subscriber.stats().subscriptions).toBe(0)
})

it('who comes later, or back within a second, is shown at once what is there', async () => {
  const { settled, rerender, subscriber, advance } = renderWithWire(<Percents />, { wire: wireWith(2) })
  await settled()
  rerender(<p>away</p>)
  await advance(900)
  rerender(<Percents />)
  expect(shown()).toEqual(['1 2 (live)'])
  await advance(5000)
  expect(subscriber.stats().subscriptions).toBe(1)
})

it('[StrictMode] two mounts are one subscription, and none is left', async () => {
  const { subscriber, settled, unmount, advance } = renderWithWire(
    <StrictMode>
      <Percents />
    </StrictMode>,
    { wire: wireWith(1) },
  )
  await settled()
  await advance(5000)
  expect([shown(), subscriber.stats().subscriptions]).toEqual([['1 (live)'], 1])
  unmount()
  await advance(1000)
  expect(subscriber.stats().subscriptions).toBe(0)
})

it('follows another topic when it is given another, and waits while there is none', async () => {
  function Of({ jobId }: { readonly jobId?: string }) {
    const { events } = useEvents(jobId !== undefined && job({ jobId }))
    return <p>{events.map(({ topic, seq }) => `${topic}#${seq}`).join()}</p>
  }
  const wire = wireWith(1)
  wire.emit(job({ jobId: '8' }), 'job.progress', { percent: 1 })
  const { rerender, settled, subscriber } = renderWithWire(<Of />, { wire })
  await settled()
  expect([shown(), subscriber.state]).toEqual([[''], 'idle'])
  rerender(<Of jobId="7" />)
  await settled()
  expect(shown()).toEqual(['job:7#1'])
  rerender(<Of jobId="8" />)
  expect(shown()).toEqual([''])
  await settled()
  expect(shown()).toEqual(['job:8#1'])
})

it('[D10] from the moment that somebody else reads, nothing of the former identity is rendered', async () => {
  const rendered: string[] = []
  function Witness() {
    const { events } = useEvents(topic)
    const latest = useLatest(topic)
    rendered.push(`${events.length} ${latest?.seq}`)
    return null
  }
  const wire = wireWith(3)
  const { subscriber, settled, advance } = renderWithWire(<Witness />, {
    wire,
    subscriber: { identity: { subject: 'ann', token: 'a' } },
  })
  await settled()
  expect(rendered.at(-1)).toBe('3 3')
  rendered.length = 0
  wire.forbid(topic)
  await act(() => subscriber.changeIdentity({ subject: 'ben', token: 'b' }))
  await settled()
  expect(new Set(rendered)).toEqual(new Set(['0 undefined']))
  wire.forbid(topic, false)
  subscriber.retry()
  await advance(3000)
  expect(rendered.at(-1)).toBe('3 3')
})

it('a burst of 10,000 events renders once a frame, and nothing is dropped', async () => {
  const frames: FrameRequestCallback[] = []
  vi.stubGlobal('requestAnimationFrame', (frame: FrameRequestCallback) => frames.push(frame))
  onTestFinished(() => void vi.unstubAllGlobals())
  const seen: number[][] = []
  function Witness() {
    const { events } = useEvents(topic, { limit: 10_000 })
    seen.push(events.map(({ seq }) => seq))
    return null
  }
  const { wire, settled } = renderWithWire(<Witness />)
  await settled()
  seen.length = frames.length = 0
  for (let burst = 0; burst < 10; burst++) {
    for (let percent = 0; percent < 1000; percent++) wire.emit(topic, 'job.progress', { percent })
    await wire.settled()
  }
  expect([seen.length, frames.length]).toEqual([0, 1])
  act(() => frames[0]?.(0))
  expect(seen).toEqual([Array.from({ length: 10_000 }, (_, index) => index + 1)])
})

it('a page that is hidden, and has no frames, is kept up to date', async () => {
  const hidden = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
  onTestFinished(() => hidden.mockRestore())
  const { wire, settled } = renderWithWire(<Percents />)
  await settled()
  wire.emit(topic, 'job.progress', { percent: 1 })
  await wire.settled()
  await vi.waitFor(() => expect(shown()).toEqual(['1 (live)']))
})

it('components that are suspended go on where they were', async () => {
  let resolve = (): void => {}
  let waiting: Promise<void> | undefined
  function Gate() {
    if (waiting) throw waiting
    return null
  }
  let suspend = (): void => {}
  function Page() {
    const [count, setCount] = useState(0)
    suspend = () => setCount(count + 1)
    return (
      <Suspense fallback={<p>suspended</p>}>
        <Percents />
        <Gate key={count} />
      </Suspense>
    )
  }
  const { wire, settled, subscriber } = renderWithWire(<Page />, { wire: wireWith(1) })
  await settled()
  waiting = new Promise((done) => {
    resolve = () => {
      waiting = undefined
      done()
    }
  })
  act(() => suspend())
  expect(screen.getByText('suspended')).toBeDefined()
  wire.emit(topic, 'job.progress', { percent: 2 })
  await settled()
  await act(async () => resolve())
  expect([shown(), subscriber.stats().subscriptions]).toEqual([['1 2 (live)'], 1])
})

it('in one commit all components show the same, also while a transition renders', async () => {
  const commits: string[] = []
  let go = (): void => {}
  function Count() {
    const { events } = useEvents(topic)
    const until = performance.now() + 2
    while (performance.now() < until);
    return <i>{events.length}</i>
  }
  function Page() {
    const [shownTimes, setShownTimes] = useState(2)
    go = () => startTransition(() => setShownTimes(8))
    return Array.from({ length: shownTimes }, (_, index) => `count ${index}`).map((name) => <Count key={name} />)
  }
  const { wire, settled, container } = renderWithWire(<Page />, { wire: wireWith(1) })
  const observer = new MutationObserver(() => {
    const counts = [...container.querySelectorAll('i')].map(({ textContent }) => textContent)
    commits.push([...new Set(counts)].join('≠'))
  })
  observer.observe(container, { childList: true, subtree: true, characterData: true })
  await settled()
  act(() => go())
  for (let percent = 0; percent < 20; percent++) {
    wire.emit(topic, 'job.progress', { percent })
    await settled()
  }
  observer.disconnect()
  expect(container.querySelectorAll('i').length).toBe(8)
  expect(commits.filter((counts) => counts.includes('≠'))).toEqual([])
  expect(commits.at(-1)).toBe('21')
})

describe('bad use', () => {
  const quiet = (): void => {
    const spy = vi.spyOn(console, 'error').mockImplementation(() => {})
    onTestFinished(() => spy.mockRestore())
  }

  it('outside of a provider says so', () => {
    quiet()
    expect(() => render(<Percents />)).toThrow(/outside of a SteadywireProvider/)
  })

  it('a limit that is none is named', () => {
    quiet()
    expect(() => renderWithWire(<Percents limit={-1} />)).toThrow(/limit/)
  })
})

it('another subscriber in the provider is followed from then on', async () => {
  const [first, second] = [wireWith(1), wireWith(2)]
  const { subscriber, settled, rerender } = renderWithWire(<Percents />, { wire: first })
  await settled()
  const other = renderWithWire(<p>other</p>, { wire: second }).subscriber
  rerender(
    <SteadywireProvider subscriber={other}>
      <Percents />
    </SteadywireProvider>,
  )
  await settled()
  await act(() => second.settled())
  await settled()
  expect(shown()).toEqual(['1 2 (live)', 'other'])
  expect(subscriber.stats().subscriptions).toBe(1)
})

it('[E4] what has schemas is read by them, although somebody reads the same topic without', async () => {
  const dated = defineTopic('job:{jobId}', { 'job.log': z.object({ at: z.coerce.date() }) })
  function Page() {
    const plain = useEvents('job:7')
    const { events } = useEvents(dated({ jobId: '7' }))
    return (
      <p>
        {plain.events.length} {events.map(({ data }) => data.at.getUTCFullYear()).join()}
      </p>
    )
  }
  vi.spyOn(console, 'error').mockReturnValue()
  const wire = createTestWire()
  wire.emit('job:7', 'job.log', { at: '2024-01-01' })
  wire.emit('job:7', 'job.log', { at: 'rubbish' })
  const { settled } = renderWithWire(<Page />, { wire })
  await settled()
  expect(shown()).toEqual(['2 2024'])
})

it('[D10] what nobody shows any more is not followed for the next identity', async () => {
  const { rerender, settled, subscriber } = renderWithWire(<Percents />, {
    subscriber: { identity: { subject: 'ann' } },
  })
  await settled()
  rerender(<p>away</p>)
  expect(subscriber.stats().subscriptions).toBe(1)
  await act(() => subscriber.changeIdentity({ subject: 'ben' }))
  expect(subscriber.stats().subscriptions).toBe(0)
})

it('tells when the subscriber was closed, and shows nothing of another topic after that', async () => {
  const { rerender, settled, subscriber } = renderWithWire(<Percents />, { wire: wireWith(1) })
  await settled()
  await act(() => subscriber.close())
  expect(shown()).toEqual(['1 (detached)'])
  rerender(<Percents jobId="8" />)
  expect(shown()).toEqual([' (attaching)'])
})

it('a page that is hidden while a frame is to come is kept up to date', async () => {
  vi.stubGlobal('requestAnimationFrame', () => 0)
  onTestFinished(() => void vi.unstubAllGlobals())
  const { wire } = renderWithWire(<Percents />)
  await act(() => wire.settled())
  wire.emit(topic, 'job.progress', { percent: 1 })
  await act(() => wire.settled())
  expect(shown()).toEqual([' (attaching)'])
  await act(async () => void document.dispatchEvent(new Event('visibilitychange')))
  expect(shown()).toEqual(['1 (live)'])
})
