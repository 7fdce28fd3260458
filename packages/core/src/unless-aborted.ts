import { wireError } from './errors.ts'

/** What an adapter rejects with when the core gave up a connect or a call. */
export const givenUp = () => wireError('retry', 'closed', 'It was given up')

/** Settles as `call` does, or rejects as soon as `signal` aborts. */
export function unlessAborted<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(givenUp())
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    call.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
