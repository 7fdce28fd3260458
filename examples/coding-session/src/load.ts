import { setTimeout as wait } from 'node:timers/promises'
import type { Random } from '@steadywire/core'

export interface LoadOptions {
  /** How many numbered events. */
  readonly events: number
  readonly cuts: number
  readonly random: Random
  /** Emits the numbered event n. */
  emit(n: number): Promise<unknown>
  /** Something else to say, so that events flow while a reconnect is waited for. */
  think(iteration: number): Promise<unknown>
  /** Cuts the wire; resolves when the viewer is back. */
  cut(): Promise<void>
  readonly signal: AbortSignal
}

const slice = 20
const leastPauseMs = 5
/** Time for one cut: the line is down for up to a second, and up again for a moment. */
const perCutMs = 1200
const thinkEveryMs = 50

/**
 * Emits numbered events and has the wire cut at random moments among them: one cut in each equal part of the flow. It
 * goes on emitting while the wire is down, but does not run past the next cut before the viewer is back.
 */
export async function emitLoad({ events, cuts, random, emit, think, cut, signal }: LoadOptions): Promise<void> {
  const points = Array.from({ length: cuts }, (_, index) => Math.floor(((index + random()) / cuts) * events))
  const pauseMs = Math.max(leastPauseMs, (cuts * perCutMs) / Math.ceil(events / slice))
  let iteration = 0
  let back = true
  const thinkOnce = async () => {
    await think(++iteration)
    await wait(thinkEveryMs)
  }
  const waitUntilBack = async () => {
    while (!back && !signal.aborted) await thinkOnce()
  }
  for (let n = 0; n <= events && !signal.aborted; ) {
    while (points[0] === n) {
      points.shift()
      await waitUntilBack()
      // Without a load, thoughts are the flow that is cut.
      for (let pause = events === 0 ? random() * 10 : 0; pause > 0; pause--) await thinkOnce()
      back = false
      void cut().then(() => {
        back = true
      })
    }
    if (n === events) break
    const until = Math.min(events, n + slice, points[0] ?? events)
    const emitted: Promise<unknown>[] = []
    while (n < until) emitted.push(emit(++n))
    await Promise.all(emitted)
    await wait(pauseMs)
  }
  await waitUntilBack()
}
