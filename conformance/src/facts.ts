import assert from 'node:assert/strict'

export { assert }

/** Waits until `fact` gives something true, and answers it. Fails with `what`, as it is then, after `ms`. */
export async function until<T>(what: string | (() => string), fact: () => T, ms = 5000): Promise<NonNullable<T>> {
  const end = performance.now() + ms
  for (;;) {
    const found = fact()
    if (found) return found
    if (performance.now() > end) assert.fail(`waited ${ms} ms in vain: ${typeof what === 'string' ? what : what()}`)
    await pause(3)
  }
}

/** Watches `fact` for `ms`: for what must not happen, which no event can announce. */
export async function never(what: string, fact: () => boolean, ms: number): Promise<void> {
  const end = performance.now() + ms
  while (performance.now() < end) {
    if (fact()) assert.fail(`must not happen: ${what}`)
    await pause(5)
  }
}

/** A promise that settles within `ms`, or the case fails with `what`. */
export async function within<T>(what: string, promise: Promise<T>, ms = 5000): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new assert.AssertionError({ message: `not settled within ${ms} ms: ${what}` })), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** What a promise rejects with; fails if it resolves, or does not settle within `ms`. */
export async function rejection(what: string, promise: Promise<unknown>, ms = 5000): Promise<unknown> {
  const refusal = promise.then(
    () => assert.fail(`should have been refused: ${what}`),
    (error: unknown) => ({ error }),
  )
  const { error } = await within(what, refusal, ms)
  return error
}

export interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
}

export function deferred<T = void>(): Deferred<T> {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index)
}
