import { afterEach, beforeEach, expect, it, jest } from '@jest/globals'
import { wireError } from '@steadywire/core'
import { createTestWire } from '@steadywire/core/testing'
import { ConnectionIndicator, type ConnectionIndicatorProps, useEvents } from '@steadywire/react-native'
import { act, screen, userEvent } from '@testing-library/react-native'
import { AccessibilityInfo, Platform, StyleSheet } from 'react-native'
import { renderWithWire } from './render-with-wire.tsx'

const announced = jest.spyOn(AccessibilityInfo, 'announceForAccessibility')

beforeEach(() => {
  announced.mockClear()
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick', 'performance'] })
})
afterEach(() => {
  jest.useRealTimers()
  jest.restoreAllMocks()
})

function Screen(props: ConnectionIndicatorProps) {
  useEvents('job:1')
  return <ConnectionIndicator testID="indicator" {...props} />
}

const bar = () => screen.getByTestId('indicator')
const region = () => screen.getByRole('status')
const button = () => screen.queryByRole('button')

async function renderLive(props: ConnectionIndicatorProps = {}) {
  const rendered = await renderWithWire(<Screen {...props} />)
  await rendered.settled()
  return rendered
}

/** Until a connection proved stable, the next ones wait longer. */
async function renderCut(props: ConnectionIndicatorProps = {}) {
  const rendered = await renderLive(props)
  await rendered.advance(6000)
  await act(() => rendered.wire.cut())
  await rendered.advance(300)
  return rendered
}

it('shows nothing while it is live, but a live region that is empty', async () => {
  const { advance } = await renderLive({ style: { padding: 99 } })
  await advance(1000)
  expect(bar()).toHaveTextContent('')
  expect(StyleSheet.flatten(bar().props.style)).toBeUndefined()
  expect(bar().children).toEqual([expect.objectContaining({ props: expect.objectContaining({ role: 'status' }) })])
  expect(button()).toBeNull()
})

it('shows that it connects, if that takes its time', async () => {
  const wire = createTestWire()
  wire.stall()
  const { advance } = await renderWithWire(<Screen style={{ padding: 99 }} />, { wire })
  await advance(299)
  expect(bar()).toHaveTextContent('')
  await advance(1)
  expect(region()).toHaveTextContent('Connecting…')
  expect(region().props.accessibilityLiveRegion).toBe('polite')
  expect(bar()).toHaveStyle({ padding: 99 })
  expect(button()).toBeNull()
  wire.stall(false)
  await advance(20_000)
  expect(bar()).toHaveTextContent('')
})

it('counts down to the next try, outside of what is read out, and tries now when asked to', async () => {
  const { subscriber, settled, advance } = await renderCut()
  expect(region()).toHaveTextContent('Reconnecting…')
  expect(screen.getByRole('timer')).toHaveTextContent(/^in \d s$/)
  expect(subscriber.state).toBe('waiting')
  await userEvent.setup({ advanceTimers: jest.advanceTimersByTimeAsync }).press(screen.getByText('Try now'))
  expect(subscriber.state).toBe('connecting')
  expect(region()).toHaveTextContent('Reconnecting…')
  expect(button()).toBeDisabled()
  await settled()
  await advance(10)
  expect(bar()).toHaveTextContent('')
})

it('says that the device is offline, and has no button for that', async () => {
  const { wire, advance } = await renderLive()
  await act(() => wire.offline())
  await advance(300)
  expect(bar()).toHaveTextContent('You are offline')
  expect(button()).toBeNull()
})

it('says why it does not try any more, in words of the app, and tries when asked to', async () => {
  const wire = createTestWire()
  jest.spyOn(console, 'error').mockImplementation(() => {})
  const refusal = wireError('refused', 'forbidden', 'No')
  const transport = { ...wire.transport, connect: () => Promise.reject(refusal) }
  const texts = { failed: (error?: { code: string }) => `Keine Verbindung: ${error?.code}`, retry: 'Nochmal' }
  const { subscriber, advance } = await renderWithWire(<Screen texts={texts} />, {
    wire,
    subscriber: { transport },
  })
  await advance(300)
  expect(region()).toHaveTextContent('Keine Verbindung: forbidden')
  const retry = jest.spyOn(subscriber, 'retry')
  await userEvent.setup({ advanceTimers: jest.advanceTimersByTimeAsync }).press(screen.getByText('Nochmal'))
  expect(retry).toHaveBeenCalledTimes(1)
})

it.each(['ios', 'android'] as const)('is read out on %s when trouble begins and when it is over, once', async (os) => {
  jest.replaceProperty(Platform, 'OS', os)
  const { settled, subscriber } = await renderCut()
  await act(() => subscriber.retry())
  await settled()
  const said = announced.mock.calls.map(([text]) => text)
  // Android reads the live region itself.
  expect(said).toEqual(os === 'ios' ? ['Reconnecting…', 'Connected'] : ['Connected'])
})
