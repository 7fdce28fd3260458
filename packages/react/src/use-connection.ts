import type { ConnectionState, ErrorCode, SteadywireError, Subscriber, SuspendReason } from '@steadywire/core'
import { useMemo, useSyncExternalStore } from 'react'
import { useSubscriber } from './provider.ts'

/** The connection, for display. */
export interface ConnectionView {
  readonly state: ConnectionState
  /** Why it is not online: what suspended it, or the code of what failed last. */
  readonly reason: SuspendReason | ErrorCode | undefined
  readonly error: SteadywireError | undefined
  /** Tries in a row that did not lead to a stable connection. */
  readonly attempt: number
  /** While `waiting`: whole seconds until the next try, counted down. */
  readonly nextTryInS: number | undefined
  /** Tries again now. */
  retry(): void
}

const views = new WeakMap<Subscriber, ConnectionView>()

/** On a server, and while its page is taken over. */
const notAsked: ConnectionView = {
  state: 'idle',
  reason: undefined,
  error: undefined,
  attempt: 0,
  nextTryInS: undefined,
  retry() {},
}

/**
 * Shows the state of the connection, why, and when the next try comes.
 *
 * @example
 * const { state, nextTryInS, retry } = useConnection()
 */
export function useConnection(): ConnectionView {
  const subscriber = useSubscriber()
  const { subscribe, read } = useMemo(
    () => ({
      subscribe: (listener: () => void) => watch(subscriber, listener),
      read: () => viewOf(subscriber),
    }),
    [subscriber],
  )
  return useSyncExternalStore(subscribe, read, () => notAsked)
}

function watch(subscriber: Subscriber, listener: () => void): () => void {
  let cancel = (): void => {}
  const tick = (): void => {
    cancel()
    listener()
    const { retryInMs } = subscriber.connection
    if (retryInMs) cancel = subscriber.clock.after(retryInMs % 1000 || 1000, tick)
  }
  const unlisten = subscriber.on('state', tick)
  tick()
  return () => {
    unlisten()
    cancel()
  }
}

/** The same object while it says the same. */
function viewOf(subscriber: Subscriber): ConnectionView {
  const { state, attempt, suspendedBy, error, retryInMs } = subscriber.connection
  const nextTryInS = retryInMs === undefined ? undefined : Math.ceil(retryInMs / 1000)
  const shown = state === 'online' ? undefined : error
  const reason = suspendedBy[0] ?? shown?.code
  const last = views.get(subscriber)
  const view = { state, reason, error: shown, attempt, nextTryInS, retry: last?.retry ?? (() => subscriber.retry()) }
  if (last && (Object.keys(view) as (keyof ConnectionView)[]).every((key) => view[key] === last[key])) return last
  views.set(subscriber, view)
  return view
}
