import type { Clock } from './clock.ts'
import { withDeadline } from './deadline.ts'
import { toWireError, type WireError, wireError } from './errors.ts'
import { watchSilence } from './silence.ts'
import type { ConnectContext, Connection, Transport } from './transport.ts'

/** One wire that is open. */
export interface OpenWire {
  readonly connection: Connection
  /** When something was heard of it last, by the clock. */
  heardAt(): number
  /** Gives it up; resolves when it is closed. */
  end(): Promise<void>
}

/** Connects; gives up after `deadlineMs`, and when the context's signal aborts. */
export async function openWire(
  transport: Transport,
  context: ConnectContext,
  clock: Clock,
  deadlineMs: number,
): Promise<OpenWire> {
  const line = new AbortController()
  const giveUp = (): void => line.abort()
  let heardAt = clock.now()
  if (context.signal.aborted) giveUp()
  else context.signal.addEventListener('abort', giveUp)

  const connecting = (async () =>
    transport.connect({
      token: () => context.token(),
      heard() {
        heardAt = clock.now()
        if (!line.signal.aborted) context.heard()
      },
      get wanted() {
        return context.wanted
      },
      warn: (error) => context.warn(error),
      signal: line.signal,
    }))()

  const end = async (): Promise<void> => {
    context.signal.removeEventListener('abort', giveUp)
    line.abort()
    await (await connecting).close()
  }
  try {
    const what = `Connecting by ${transport.name}`
    const connection = await withDeadline(clock, deadlineMs, what, connecting, line.signal)
    return { connection, heardAt: () => heardAt, end }
  } catch (thrown) {
    end().catch(() => {})
    throw toWireError(thrown, 'unavailable')
  }
}

/**
 * The connection of one wire among several. It is left when it ends, when nothing is heard of it for two of its heartbeats,
 * and when it owes an answer for `deadlineMs` while nothing is heard.
 *
 * @param left Called once, with the reason; answers what the core is told.
 */
export function overWire(
  { connection: inner, heardAt, end }: OpenWire,
  clock: Clock,
  deadlineMs: number,
  left: (error: WireError) => WireError,
): Connection & { leave(error: WireError): Promise<void> } {
  const timers = new Set<() => void>()
  let over = false
  let tell = (_: WireError): void => {}
  const closed = new Promise<WireError>((resolve) => {
    tell = resolve
  })

  async function leave(error: WireError): Promise<void> {
    if (over) return
    over = true
    for (const cancel of timers) cancel()
    tell(left(error))
    await end()
  }

  const gone = (why: unknown): void => void leave(toWireError(why)).catch(() => {})

  /** A call that is not answered tells of a dead wire, unless something else was heard meanwhile. */
  async function watched<T>(call: Promise<T>): Promise<T> {
    const asked = clock.now()
    const cancel = clock.after(deadlineMs, () => {
      if (heardAt() <= asked) gone(wireError('retry', 'deadline', `Nothing was heard for ${deadlineMs} ms`))
    })
    timers.add(cancel)
    try {
      return await call
    } finally {
      cancel()
      timers.delete(cancel)
    }
  }

  inner.closed.then(gone, gone)
  const { heartbeatMs } = inner
  if (heartbeatMs !== undefined)
    timers.add(
      watchSilence(clock, 2 * heartbeatMs, heardAt, (ms) =>
        gone(wireError('retry', 'connection_lost', `Nothing was heard for ${Math.round(ms)} ms`)),
      ),
    )

  return {
    closed,
    attach: (...args) => watched(inner.attach(...args)),
    read: (...args) => watched(inner.read(...args)),
    ...(inner.heads && { heads: (topics, signal) => watched((inner as Required<Connection>).heads(topics, signal)) }),
    ...(inner.append && {
      append: (topic, drafts, signal) => watched((inner as Required<Connection>).append(topic, drafts, signal)),
    }),
    ...(inner.renew && { renew: (token) => watched((inner as Required<Connection>).renew(token)) }),
    close: () => leave(wireError('retry', 'closed', 'The connection was closed')),
    leave,
  }
}
