import { systemClock } from '@steadywire/core'

interface Page {
  readonly visibilityState: string
  addEventListener(type: 'visibilitychange', listener: () => void): void
  removeEventListener(type: 'visibilitychange', listener: () => void): void
}
declare const document: Page | undefined
declare const requestAnimationFrame: ((task: () => void) => number) | undefined
declare const cancelAnimationFrame: (frame: number) => void

interface Publisher {
  publish(): void
}

const frameMs = 16
const waiting = new Set<Publisher>()
let callOff: (() => void) | undefined

/** Publishes with the next frame, once, however often it is asked for; a page that is hidden has no frames, but time. */
export function atNextFrame(publisher: Publisher): void {
  waiting.add(publisher)
  callOff ??= askForFrame()
}

/** What waits for the next frame is published now. */
export function endFrame(): void {
  callOff?.()
  callOff = undefined
  const due = [...waiting]
  waiting.clear()
  for (const publisher of due) publisher.publish()
}

function askForFrame(): () => void {
  const page = typeof document === 'undefined' ? undefined : document
  // A frame that was asked for may never come once the page is hidden.
  page?.addEventListener('visibilitychange', endFrame)
  const cancel = frameOrTime(page?.visibilityState !== 'hidden')
  return () => {
    page?.removeEventListener('visibilitychange', endFrame)
    cancel()
  }
}

function frameOrTime(isShown: boolean): () => void {
  if (!isShown || typeof requestAnimationFrame !== 'function') return systemClock.after(frameMs, endFrame)
  const frame = requestAnimationFrame(endFrame)
  return () => cancelAnimationFrame(frame)
}
