import {
  type Clock,
  type ConnectContext,
  isWireError,
  messageOf,
  type UnsequencedConnection,
  type UnsequencedEvent,
  type UnsequencedSink,
  type WireError,
  wireError,
} from '@steadywire/core'
import { unlessAborted } from '@steadywire/core/protocol'
import type { Line } from './line.ts'
import type { PlainMemory } from './plain-memory.ts'
import type { PlainEvent, PlainLost, PlainSocketioOptions, Since } from './plain-options.ts'

interface Feed {
  readonly sinks: Set<UnsequencedSink>
  readonly joined: Promise<unknown>
  since: Since
}

export interface PlainConnectionOptions extends Pick<PlainSocketioOptions, 'events' | 'join' | 'leave' | 'history'> {
  readonly heartbeatMs: number
  readonly clock: Clock
  readonly memory: PlainMemory
}

/** Follows topics on a socket that is connected. */
export function createPlainConnection(
  line: Line,
  { warn, heard, signal: given }: Pick<ConnectContext, 'warn' | 'heard' | 'signal'>,
  { events, join, leave, history, heartbeatMs, clock, memory }: PlainConnectionOptions,
) {
  const { socket } = line
  const { engine } = socket.io
  const feeds = new Map<string, Feed>()
  /** The line was lost, and not given up. */
  let died = false
  let resolveClosed: (error: WireError) => void
  const closed = new Promise<WireError>((resolve) => {
    resolveClosed = resolve
  })

  const listeners = Object.entries(events).map(([name, meaning]) => {
    const listener = (...args: readonly unknown[]) => {
      try {
        const meant = meaning(...args)
        if (meant) take(meant)
      } catch (thrown) {
        warn(notUnderstood(name, thrown))
      }
    }
    return [name, listener] as const
  })

  function take(meant: PlainEvent | PlainLost): void {
    if ('lost' in meant) {
      const lost = feeds.get(meant.topic)
      if (!lost) return
      memory.lost(meant.topic, lost.since)
      feeds.delete(meant.topic)
      const error = wireError('refused', 'forbidden', meant.lost, { topic: meant.topic })
      for (const sink of lost.sinks) sink.lost(error)
      return
    }
    const { topic, ...event } = meant
    const feed = topic === undefined ? undefined : feeds.get(topic)
    for (const each of topic === undefined ? feeds.values() : feed ? [feed] : []) {
      each.since = sinceOf(event, clock)
      for (const sink of each.sinks) sink.events([event])
    }
  }

  function open(topic: string): Feed {
    const joined = (async () => await join?.(topic, socket))()
    const since = memory.holeOf(topic) ?? { time: clock.wall() }
    const feed = { sinks: new Set<UnsequencedSink>(), joined, since }
    feeds.set(topic, feed)
    return feed
  }

  function drop(topic: string, feed: Feed, sink: UnsequencedSink): void {
    feed.sinks.delete(sink)
    if (feed.sinks.size > 0 || feeds.get(topic) !== feed) return
    feeds.delete(topic)
    const left = async () => await leave?.(topic, socket)
    left().catch((thrown: unknown) => warn(notLeft(topic, thrown)))
  }

  /** What the history says; nothing if it can't say it: then the app is told of a gap. */
  async function missed(topic: string, since: Since | undefined, signal: AbortSignal) {
    if (!since || !history) return undefined
    const asked = clock.now()
    const asking = new AbortController()
    const giveUp = () => asking.abort()
    const patience = memory.patienceFor(topic)
    const cancel = clock.after(patience, giveUp)
    signal.addEventListener('abort', giveUp)
    try {
      const answer = async () => await history(topic, { since, signal: asking.signal })
      const events = checked(await unlessAborted(answer(), asking.signal))
      memory.answered(topic)
      return events
    } catch (thrown) {
      if (!signal.aborted)
        warn(withoutHistory(topic, asking.signal.aborted ? `it took longer than ${patience} ms` : thrown))
      else if (!died) memory.cutOff(topic, clock.now() - asked)
      return undefined
    } finally {
      cancel()
      signal.removeEventListener('abort', giveUp)
    }
  }

  const connection: UnsequencedConnection = {
    heartbeatMs,
    closed,
    async attach(topic, sink, signal) {
      const feed = feeds.get(topic) ?? open(topic)
      feed.sinks.add(sink)
      const before = memory.holeOf(topic)
      const detach = () => drop(topic, feed, sink)
      signal.addEventListener('abort', detach, { once: true })
      try {
        await unlessAborted(feed.joined, signal)
        const events = await missed(topic, before, signal)
        if (signal.aborted) throw wireError('retry', 'unsubscribed', `${topic} was given up`)
        // What is told next time begins after it, unless something later came meanwhile.
        const last = events?.at(-1)
        if (last && feed.since === before) feed.since = sinceOf(last, clock)
        memory.told(topic)
        return events ? { missed: events } : {}
      } catch (thrown) {
        signal.removeEventListener('abort', detach)
        detach()
        if (before) memory.untold(topic, before)
        throw isWireError(thrown) ? thrown : notJoined(topic, thrown)
      }
    },
    async close() {
      line.end(wireError('retry', 'closed', 'The connection was closed'))
      await line.left
    },
  }

  for (const [name, listener] of listeners) socket.on(name, listener)
  engine.on('packet', heard)

  return {
    connection,
    end(error: WireError): void {
      for (const [name, listener] of listeners) socket.off(name, listener)
      engine.off('packet', heard)
      for (const [topic, { since }] of feeds) memory.lost(topic, since)
      feeds.clear()
      died = !given.aborted
      resolveClosed(error)
    },
  }
}

/** A history is of the app's making, but what it hands on is mostly what a server said. */
function checked(events: unknown): readonly UnsequencedEvent[] {
  if (Array.isArray(events) && events.every(isEvent)) return events
  throw new Error('it is not a list of events, each with a type, and with an id and a time only of their types')
}

function isEvent(value: unknown): value is UnsequencedEvent {
  const { type, id = '', time = 0 }: Readonly<Record<string, unknown>> = Object(value)
  return typeof type === 'string' && typeof id === 'string' && typeof time === 'number'
}

function sinceOf({ id, time }: UnsequencedEvent, clock: Clock): Since {
  return { time: time ?? clock.wall(), ...(id !== undefined && { id }) }
}

const notUnderstood = (name: string, cause: unknown) =>
  wireError('retry', 'protocol', `A message "${name}" was not understood: ${messageOf(cause)}`, { cause })

const notJoined = (topic: string, cause: unknown) =>
  wireError('retry', 'unavailable', `${topic} could not be joined: ${messageOf(cause)}`, { topic, cause })

const notLeft = (topic: string, cause: unknown) =>
  wireError('retry', 'unavailable', `${topic} could not be left: ${messageOf(cause)}`, { topic, cause })

const withoutHistory = (topic: string, cause: unknown) =>
  wireError('retry', 'unavailable', `The history of ${topic} could not be read: ${messageOf(cause)}`, { topic, cause })
