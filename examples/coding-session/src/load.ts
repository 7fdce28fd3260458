import { setTimeout as wait } from 'node:timers/promises'
import type { Random } from '@steadywire/core'

export interface LoadOptions {
  /** How many numbered events. */
  readonly events: number
  /** How many times something breaks. */
  readonly breaks: number
  readonly random: Random
  /** Emits the numbered event n. */
  emit(n: number): Promise<unknown>
  /** Something else to say, so that events flow while a reconnect is waited for. */
  think(): Promise<unknown>
  /** Breaks something; resolves when all is whole, and the viewer online. */
  breakSomething(): Promise<void>
  readonly signal: AbortSignal
}

const slice = 20
const leastPauseMs = 5
/** Time for one break: the line is down for up to a second, and up again for a moment. */
const perBreakMs = 1200
const thinkEveryMs = 50

/**
 * Emits numbered events and has something broken at random moments among them: once in each equal part of the flow. It
 * goes on emitting meanwhile, but does not run past the next moment before all is whole.
 */
export async function emitLoad({
  events,
  breaks,
  random,
  emit,
  think,
  breakSomething,
  signal,
}: LoadOptions): Promise<void> {
  const points = Array.from({ length: breaks }, (_, index) => Math.floor(((index + random()) / breaks) * events))
  const pauseMs = Math.max(leastPauseMs, (breaks * perBreakMs) / Math.ceil(events / slice))
  let whole = true
  const thinkOnce = async () => {
    await think()
    await wait(thinkEveryMs)
  }
  const waitUntilWhole = async () => {
    while (!whole && !signal.aborted) await thinkOnce()
  }
  for (let n = 0; n <= events && !signal.aborted; ) {
    while (points[0] === n) {
      points.shift()
      await waitUntilWhole()
      // Without a load, thoughts are the flow that is broken.
      for (let pause = events === 0 ? random() * 10 : 0; pause > 0; pause--) await thinkOnce()
      whole = false
      void breakSomething().then(() => {
        whole = true
      })
    }
    if (n === events) break
    const until = Math.min(events, n + slice, points[0] ?? events)
    const emitted: Promise<unknown>[] = []
    while (n < until) emitted.push(emit(++n))
    await Promise.all(emitted)
    await wait(pauseMs)
  }
  await waitUntilWhole()
}
