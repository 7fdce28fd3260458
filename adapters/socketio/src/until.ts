import { givenUp } from './line.ts'

/** Settles as `call` does, or rejects as soon as `signal` aborts. */
export function unlessAborted<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(givenUp())
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    call.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
