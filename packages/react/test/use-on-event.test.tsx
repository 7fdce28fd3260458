// @vitest-environment jsdom
import { createSubscriber, type Subscriber, type UnsequencedTransport } from '@steadywire/core'
import { createTestWire } from '@steadywire/core/testing'
import { SteadywireProvider, useOnEvent } from '@steadywire/react'
import { renderWithWire } from '@steadywire/react/testing'
import { act, cleanup } from '@testing-library/react'
import { StrictMode, useState } from 'react'
import { flushSync } from 'react-dom'
import { hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
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

it('from elsewhere nothing is lost while it is away for a moment, also in StrictMode', async () => {
  const page = (isThere: boolean) => <StrictMode>{isThere && <Listener name="a" from="start" />}</StrictMode>
  const wire = createTestWire()
  wire.emit(topic, 'job.progress', { percent: 0 })
  const { settled, rerender, subscriber } = renderWithWire(page(true), { wire })
  await settled()
  rerender(page(false))
  expect(subscriber.stats().subscriptions).toBe(0)
  wire.emit(topic, 'job.progress', { percent: 0 })
  await settled()
  expect(heard).toEqual(['a1'])
  rerender(page(true))
  await settled()
  expect(heard).toEqual(['a1', 'a1', 'a2'])
})

it('from elsewhere each of two roots that are hydrated over one subscriber is told everything from there', async () => {
  const wire = createTestWire()
  wire.emit(topic, 'job.progress', { percent: 0 })
  const subscriber = createSubscriber(wire.options)
  for (const name of ['a', 'b']) {
    const page = (
      <SteadywireProvider subscriber={subscriber}>
        <Listener name={name} from="start" />
      </SteadywireProvider>
    )
    const container = document.createElement('div')
    container.innerHTML = renderToString(page)
    const root = await act(async () => hydrateRoot(container, page))
    onTestFinished(() => act(async () => root.unmount()))
    await act(() => wire.settled())
  }
  expect(heard).toEqual(['a1', 'b1'])
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
      <Thrower late={false} />
      <Thrower late={true} />
      <Listener name="a" />
    </>,
  )
  const causes: string[] = []
  subscriber.on('error', ({ code, cause }) => {
    causes.push(`${code} ${cause instanceof AggregateError ? cause.errors.length : (cause as Error).message}`)
  })
  await settled()
  wire.emit(topic, 'job.progress', { percent: 0 })
  wire.emit(topic, 'job.progress', { percent: 0 })
  await settled()
  expect(heard).toEqual(['a1', 'a2'])
  expect(causes.toSorted()).toEqual([
    'handler_failed 2',
    'handler_failed 2',
    'handler_failed late',
    'handler_failed late',
  ])
})

/** Hears each event once it is told that the one before is done. */
function createSlow() {
  const done: (() => void)[] = []
  function Slow() {
    useOnEvent(
      topic,
      ({ seq }) => {
        heard.push(`slow${seq}`)
        return new Promise<void>((resolve) => done.push(resolve))
      },
      { gap: ({ reason }) => void heard.push(`slow ${reason}`) },
    )
    return null
  }
  return { Slow, goOn: () => done.shift()?.() }
}

it('[D7] [D2] a function whose promise takes its time holds up no other component, and gets everything, once, in order', async () => {
  const { Slow, goOn } = createSlow()
  const { wire, settled, rerender, subscriber } = renderWithWire(
    <>
      <Slow />
      <Listener name="a" />
    </>,
  )
  await settled()
  for (let n = 0; n < 3; n++) wire.emit(topic, 'job.progress', { percent: 0 })
  await settled()
  expect(heard).toEqual(['slow1', 'a1', 'a2', 'a3'])
  for (let n = 0; n < 3; n++) {
    goOn()
    await settled()
  }
  expect(heard.slice(4)).toEqual(['slow2', 'slow3'])
  rerender(<Listener name="a" />)
  await settled()
  expect(subscriber.stats().subscriptions).toBe(1)
})

it('[D10] a promise that never ends holds up nothing for the next identity, for which all share one subscription again', async () => {
  const { Slow, goOn } = createSlow()
  const { wire, settled, advance, subscriber } = renderWithWire(<Slow />)
  await settled()
  wire.emit(topic, 'job.progress', { percent: 0 })
  wire.emit(topic, 'job.progress', { percent: 0 })
  await settled()
  await act(() => subscriber.changeIdentity({ subject: 'ben' }))
  await settled()
  goOn()
  await settled()
  expect(heard).toEqual(['slow1'])
  wire.emit(topic, 'job.progress', { percent: 0 })
  await advance(100)
  expect(heard).toEqual(['slow1', 'slow3'])
})

it('[D4] on a wire without positions, what came while a function took its time is a gap', async () => {
  let emit = (_: number): void => {}
  const transport: UnsequencedTransport = {
    name: 'bare',
    capabilities: { positions: false, heads: false, append: false, renew: false },
    connect: async () => ({
      closed: new Promise(() => {}),
      async attach(_topic, sink) {
        const former = emit
        emit = (percent) => {
          former(percent)
          sink.events([{ id: `id-${percent}`, type: 'job.progress', data: { percent } }])
        }
        return {}
      },
      close: async () => {},
    }),
  }
  const { Slow, goOn } = createSlow()
  const page = (
    <>
      <Slow />
      <Listener name="a" />
    </>
  )
  const { settled } = renderWithWire(page, { subscriber: { transport } })
  await settled()
  act(() => emit(1))
  act(() => emit(2))
  await settled()
  goOn()
  await settled()
  act(() => emit(3))
  await settled()
  // Where there are no positions, each subscription counts what it heard.
  expect(heard).toEqual(['slow1', 'a1', 'a2', 'slow unknown', 'slow1', 'a3'])
})

it('[D9] who leaves because of an event, or whose identity is changed by it, is not told of it afterwards', async () => {
  let then = (): void => {}
  function First() {
    useOnEvent(topic, () => {
      heard.push('first')
      then()
    })
    return null
  }
  const page = (isThere: boolean) => (
    <>
      <First />
      {isThere && <Listener name="a" />}
    </>
  )
  const { wire, settled, rerender, subscriber } = renderWithWire(page(true))
  await settled()
  then = () => rerender(page(false))
  wire.emit(topic, 'job.progress', { percent: 0 })
  await wire.settled()
  expect(heard).toEqual(['first'])
  rerender(page(true))
  then = () => void subscriber.changeIdentity({ subject: 'ben' })
  wire.emit(topic, 'job.progress', { percent: 0 })
  await settled()
  expect(heard).toEqual(['first', 'first'])
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

it('[D9] a handler that needs time and lets its component leave at once is told of nothing more', async () => {
  let leave = (): void => {}
  function Leaves() {
    useOnEvent(topic, async ({ seq }) => {
      heard.push(`a${seq}`)
      flushSync(leave)
      await Promise.resolve()
    })
    return null
  }
  function Page() {
    const [isThere, setThere] = useState(true)
    leave = () => setThere(false)
    return isThere && <Leaves />
  }
  const { wire, settled, advance, subscriber } = renderWithWire(<Page />)
  await settled()
  wire.emit(topic, 'job.progress', { percent: 1 })
  await advance(2000)
  wire.emit(topic, 'job.progress', { percent: 2 })
  await settled()
  expect([heard, subscriber.stats().subscriptions]).toEqual([['a1'], 0])
})

it('[D10] a handler that needs time to change the identity begins with now for the next one', async () => {
  let subscriber: Subscriber | undefined
  function Changes() {
    useOnEvent(topic, async ({ seq }) => {
      heard.push(`a${seq}`)
      if (seq === 1) await subscriber?.changeIdentity({ subject: 'ben' }, { purge: true })
    })
    return <Listener name="b" />
  }
  const rendered = renderWithWire(<Changes />, { subscriber: { identity: { subject: 'ann' } } })
  const { wire, settled, advance } = rendered
  subscriber = rendered.subscriber
  await settled()
  wire.emit(topic, 'job.progress', { percent: 1 })
  await advance(6)
  // Of ann's time.
  wire.emit(topic, 'job.progress', { percent: 2 })
  await settled()
  wire.emit(topic, 'job.progress', { percent: 3 })
  await settled()
  expect(heard).not.toContain('a2')
  expect(heard.filter((told) => told.startsWith('a'))).toEqual(['a1', 'a3'])
})

it.each(['now', 'start'] as const)('from %s, a page that is rendered after the end stays whole', async (from) => {
  const { subscriber, rerender } = renderWithWire(<p />)
  await act(() => subscriber.close())
  expect(() => rerender(<Listener name="a" from={from} />)).not.toThrow()
})
