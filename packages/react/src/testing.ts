import { createSubscriber, type Subscriber, type SubscriberOptions } from '@steadywire/core'
import { createTestWire, type TestWire } from '@steadywire/core/testing'
import { act, type RenderOptions, type RenderResult, render } from '@testing-library/react'
import { createElement, Profiler, type ReactElement, type ReactNode } from 'react'
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
  /** Lets everything arrive that is under way, and renders it; also what comes of what was rendered, until nothing does. */
  settled(): Promise<void>
  /** Moves the wire's clock on, by which hooks wait, too; and renders what came of it, as `settled` does. */
  advance(ms: number): Promise<void>
}

/** Components may make each other render for ever. */
const maxRounds = 20

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
  let renders = 0
  const onRender = (): void => {
    renders += 1
  }
  const wrapper = ({ children }: { readonly children: ReactNode }): ReactElement => {
    const counted = createElement(Profiler, { id: 'renderWithWire', onRender }, children)
    const inner = createElement(SteadywireProvider, { subscriber }, counted)
    return Outer ? createElement(Outer, undefined, inner) : inner
  }
  const result = render(ui, { ...options, wrapper })

  /** Answers whether anything came of it. */
  async function round(work: () => Promise<void>): Promise<boolean> {
    const before = [renders, wire.clock.now()].join()
    await act(async () => {
      await work()
      endFrame()
    })
    return before !== [renders, wire.clock.now()].join()
  }

  async function settled(): Promise<void> {
    for (let rounds = 0; rounds < maxRounds && (await round(() => wire.settled())); rounds += 1);
  }

  return {
    ...result,
    wire,
    subscriber,
    settled,
    async advance(ms) {
      const before = renders
      await round(() => wire.clock.advance(ms))
      // Where nothing was rendered, time stands where the test put it.
      if (renders !== before) await settled()
    },
  }
}
