import { createSubscriber, type SubscriberOptions } from '@steadywire/core'
import { createTestWire, type TestWire } from '@steadywire/core/testing'
import { SteadywireProvider } from '@steadywire/react-native'
import { act, render } from '@testing-library/react-native'
import type { ReactElement } from 'react'

/** Renders over a wire in memory that does what the test says. */
export async function renderWithWire(
  ui: ReactElement,
  options: { readonly wire?: TestWire; readonly subscriber?: Partial<SubscriberOptions> } = {},
) {
  const { wire = createTestWire() } = options
  const subscriber = createSubscriber({ ...wire.options, ...options.subscriber })
  const rendered = await render(<SteadywireProvider subscriber={subscriber}>{ui}</SteadywireProvider>)
  return {
    ...rendered,
    wire,
    subscriber,
    /** Lets everything arrive that is under way. */
    settled: () => act(() => wire.settled()),
    /** Moves the wire's clock on. */
    advance: (ms: number) => act(() => wire.clock.advance(ms)),
  }
}
