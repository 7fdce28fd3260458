import { wireError } from '@steadywire/core'

export const givenUp = () => wireError('retry', 'unsubscribed', 'It was given up')

/** Rejects as soon as the signal aborts, whatever `promise` does. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(givenUp())
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
