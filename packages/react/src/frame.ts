import { systemClock } from '@steadywire/core'

declare const document: { readonly visibilityState: string } | undefined
declare const requestAnimationFrame: ((task: () => void) => number) | undefined

const frameMs = 16
const tasks = new Set<() => void>()

/** Runs a task with the next frame, once, however often it is asked for; a page that is hidden has no frames, but time. */
export function atNextFrame(task: () => void): void {
  const isAskedFor = tasks.size > 0
  tasks.add(task)
  if (isAskedFor) return
  const isShown = typeof document === 'undefined' || document.visibilityState === 'visible'
  if (isShown && typeof requestAnimationFrame === 'function') requestAnimationFrame(endFrame)
  else systemClock.after(frameMs, endFrame)
}

/** What waits for the next frame runs now. */
export function endFrame(): void {
  const due = [...tasks]
  tasks.clear()
  for (const task of due) task()
}
