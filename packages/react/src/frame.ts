import { systemClock } from '@steadywire/core'

declare const document: { readonly visibilityState: string } | undefined
declare const requestAnimationFrame: ((task: () => void) => number) | undefined

const frameMs = 16
const waiting = new Set<Publisher>()

interface Publisher {
  publish(): void
}

/** Publishes with the next frame, once, however often it is asked for; a page that is hidden has no frames, but time. */
export function atNextFrame(publisher: Publisher): void {
  const isAskedFor = waiting.size > 0
  waiting.add(publisher)
  if (isAskedFor) return
  const isShown = typeof document === 'undefined' || document.visibilityState === 'visible'
  if (isShown && typeof requestAnimationFrame === 'function') requestAnimationFrame(endFrame)
  else systemClock.after(frameMs, endFrame)
}

/** What waits for the next frame runs now. */
export function endFrame(): void {
  const due = [...waiting]
  waiting.clear()
  for (const publisher of due) publisher.publish()
}
