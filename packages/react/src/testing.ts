import { createSubscriber, type Subscriber, type SubscriberOptions } from '@steadywire/core'
import { createTestWire, type TestWire } from '@steadywire/core/testing'
import { act, type RenderOptions, type RenderResult, render } from '@testing-library/react'
import { createElement, type ReactElement, type ReactNode } from 'react'
import { endFrame } from './frame.ts'
import { SteadywireProvider } from './provider.ts'

export interface RenderWithWireOptions extends RenderOptions {
  /** Default: a new one. */
  readonly wire?: TestWire
  /** What else the subscriber is given, such as an identity. */
  readonly subscriber?: Partial<SubscriberOptions>
}

export interface RenderWithWireResult extends RenderResult {
  readonly wire: TestWire
  readonly subscriber: Subscriber
  /** Lets everything arrive that is under way, and renders it. */
  settled(): Promise<void>
  /** Moves the wire's clock on, and renders what came of it. */
  advance(ms: number): Promise<void>
}

/**
 * Renders components over a wire in memory that does what the test says: emits, loses, repeats, cuts, goes offline. By a clock that the test moves.
 *
 * @example
 * const { wire, settled } = renderWithWire(<Terminal sessionId="7" />)
 * wire.emit(session({ sessionId: '7' }), 'terminal', { output: 'hello' })
 * await settled()
 */
export function renderWithWire(
  ui: ReactElement,
  { wire = createTestWire(), subscriber: more, ...options }: RenderWithWireOptions = {},
): RenderWithWireResult {
  const subscriber = createSubscriber({ ...wire.options, ...more })
  const Outer = options.wrapper
  const wrapper = ({ children }: { readonly children: ReactNode }): ReactElement => {
    const inner = createElement(SteadywireProvider, { subscriber }, children)
    return Outer ? createElement(Outer, undefined, inner) : inner
  }
  const result = render(ui, { ...options, wrapper })
  const rendered = (work: () => Promise<void>): Promise<void> =>
    act(async () => {
      await work()
      endFrame()
    })
  return {
    ...result,
    wire,
    subscriber,
    settled: () => rendered(() => wire.settled()),
    advance: (ms) => rendered(() => wire.clock.advance(ms)),
  }
}
