import { afterEach, beforeEach, expect } from 'vitest'

declare const process: { on(name: string, listener: unknown): void; off(name: string, listener: unknown): void }

/** Watches for rejections that nobody handled: no test of the file may leave one behind. */
export function watchUnhandled(): readonly unknown[] {
  const unhandled: unknown[] = []
  const note = (error: unknown) => void unhandled.push(error)
  beforeEach(() => {
    unhandled.length = 0
    process.on('unhandledRejection', note)
  })
  afterEach(() => {
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })
  return unhandled
}
