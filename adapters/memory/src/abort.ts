import { wireError } from '@steadywire/core'

/** What `call` gives, unless the signal is aborted first. What then still comes is ignored. */
export function unlessAborted<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(wireError('retry', 'connection_lost', 'The call was given up', { cause: signal.reason }))
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    call.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
