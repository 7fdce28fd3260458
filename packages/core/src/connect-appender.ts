import type { Backoff } from './backoff.ts'
import type { Clock, Random } from './clock.ts'
import { isSteadywireError, SteadywireError, wireError } from './errors.ts'
import type { Observe } from './observe.ts'
import { createSubscriber, type Subscriber } from './subscriber.ts'
import type { Identity } from './token.ts'
import type { AnyTransport, Appender } from './transport.ts'

export interface ConnectAppenderOptions {
  readonly identity?: Identity
  readonly observe?: Observe
  readonly clock: Clock
  readonly random: Random
  /** When it tries again to connect; it never gives up. */
  readonly backoff?: Backoff
  /** How long one append may take, the wait for the connection included. */
  readonly deadlineMs: number
}

/** Appends over a connection of its own, which opens when it is first used. */
export function connectAppender(
  transport: AnyTransport,
  { identity, observe, clock, random, backoff, deadlineMs }: ConnectAppenderOptions,
): Appender & { close(): Promise<void> } {
  if (!transport.capabilities.append)
    throw new SteadywireError('not_supported', `${transport.name} can't append`, {
      hint: 'Emit to a log, or by a transport that can append.',
    })
  let subscriber: Subscriber | undefined
  const open = (): Subscriber =>
    createSubscriber<AnyTransport>({
      transport,
      clock,
      random,
      ...(identity && { identity }),
      ...(observe && { observe }),
      // The wait for the connection and the call share the deadline of an append.
      callDeadlineMs: Math.max(1, deadlineMs / 2),
      backoff: { ...backoff, maxAttempts: Number.POSITIVE_INFINITY },
    })
  return {
    async append(topic, drafts) {
      subscriber ??= open()
      if (subscriber.state === 'failed') subscriber.retry()
      let online = subscriber.state === 'online'
      const off = subscriber.on('state', ({ state }) => {
        online ||= state === 'online'
      })
      try {
        return await subscriber.append(topic, drafts)
      } catch (error) {
        if (online || !isSteadywireError(error) || error.kind !== 'retry') throw error
        const { message, hint, retryAfterMs } = error
        throw wireError('retry', 'attempts_exhausted', `Not connected, nothing was sent: ${message}`, {
          topic,
          cause: error,
          ...(hint !== undefined && { hint }),
          ...(retryAfterMs !== undefined && { retryAfterMs }),
        })
      } finally {
        off()
      }
    },
    async close() {
      await subscriber?.close()
    },
  }
}
