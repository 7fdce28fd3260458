import { createHash } from 'node:crypto'
import {
  type BackoffRules,
  backoffDelay,
  type Clock,
  type Random,
  type WireError,
  type WireEvent,
} from '@steadywire/core'
import { eventsOfFrame, type TailListener } from '@steadywire/server'
import type pg from 'pg'
import { createListener, type Listener } from './listener.ts'
import { late, toLogError } from './postgres-error.ts'

export interface TailsOptions {
  readonly config: pg.ClientConfig
  readonly clock: Clock
  readonly random: Random
  readonly deadlineMs: number
  readonly report: (error: WireError) => void
}

export interface PostgresTails {
  follow(topic: string, on: TailListener): Promise<() => Promise<void>>
  close(why: WireError): void
}

interface Followed {
  readonly topic: string
  readonly listeners: Set<TailListener>
  /** Whoever was confirmed may have missed something while the connection was away. */
  confirmed: boolean
}

interface Line {
  readonly listener: Listener
  readonly ready: Promise<void>
}

const reconnects: BackoffRules = {
  delaysMs: [50, 100, 200, 400, 800, 1500],
  maxAttempts: Number.POSITIVE_INFINITY,
  jitter: true,
}

/**
 * Follows any number of topics on one connection, by LISTEN. A notification is a help, not a promise: whenever the connection
 * was away, and whatever is wrong with one, the followers are woken without events and read.
 */
export function postgresTails({ config, clock, random, deadlineMs, report }: TailsOptions): PostgresTails {
  const followed = new Map<string, Followed>()
  let line: Line | undefined
  let attempts = 0
  let closed: WireError | undefined
  let cancelRetry = (): void => {}

  function connected(): Line {
    if (line) return line
    const listener = createListener({
      config,
      clock,
      deadlineMs,
      notified(channel, payload) {
        const at = followed.get(channel)
        if (at) wake(channel, payload === '' ? [] : eventsOfFrame(payload, at.topic, report))
      },
      ended() {
        line = undefined
        if (!closed && followed.size > 0) retry()
      },
    })
    const ready = prepare(listener)
    ready.catch(() => {})
    line = { listener, ready }
    return line
  }

  async function prepare(listener: Listener): Promise<void> {
    try {
      await listener.connect()
      await listener.listen([...followed.keys()])
    } catch (thrown) {
      listener.end()
      throw thrown
    }
    attempts = 0
    for (const [channel, { confirmed }] of followed) if (confirmed) wake(channel, [])
  }

  function retry(): void {
    cancelRetry()
    attempts += 1
    cancelRetry = clock.after(backoffDelay(reconnects, attempts, random()), () => {
      if (!closed && followed.size > 0) connected().ready.catch(refused)
    })
  }

  /** What will not pass by itself has to be told: the followers come back, and meet it. */
  function refused(thrown: unknown): void {
    const error = toLogError('Following topics', thrown)
    if (error.kind !== 'retry') loseAll(error)
  }

  function loseAll(why: WireError): void {
    const lost = [...followed.values()].flatMap(({ listeners }) => [...listeners])
    followed.clear()
    for (const listener of lost) listener.lost(why)
  }

  /** A listener that throws has lost its place; the others are not to suffer. */
  function wake(channel: string, events: readonly WireEvent[]): void {
    const at = followed.get(channel)
    for (const listener of at ? [...at.listeners] : []) {
      try {
        listener.wake(events)
      } catch (thrown) {
        if (at) leave(channel, at, listener)
        listener.lost(thrown)
      }
    }
  }

  function leave(channel: string, from: Followed, listener: TailListener): void {
    if (!from.listeners.delete(listener) || from.listeners.size > 0 || followed.get(channel) !== from) return
    followed.delete(channel)
    const at = line
    at?.ready
      .then(() => (followed.has(channel) ? undefined : at.listener.unlisten(channel)))
      // A connection that is gone listens to nothing.
      .catch(() => {})
  }

  async function confirm(channel: string, at: Followed): Promise<void> {
    const { listener, ready } = connected()
    await ready
    await listener.listen([channel])
    at.confirmed = true
  }

  return {
    async follow(topic, on) {
      if (closed) throw closed
      const channel = channelOf(topic)
      const at = followed.get(channel) ?? { topic, listeners: new Set(), confirmed: false }
      followed.set(channel, at)
      const listener: TailListener = { wake: (events) => on.wake(events), lost: (error) => on.lost(error) }
      at.listeners.add(listener)
      let cancel = (): void => {}
      const overdue = new Promise<never>((_, reject) => {
        cancel = clock.after(deadlineMs, () => reject(late('Following a topic', deadlineMs, topic)))
      })
      try {
        await Promise.race([confirm(channel, at), overdue])
      } catch (thrown) {
        leave(channel, at, listener)
        throw closed ?? toLogError('Following a topic', thrown, topic)
      } finally {
        cancel()
      }
      return async () => leave(channel, at, listener)
    },

    close(why) {
      if (closed) return
      closed = why
      cancelRetry()
      loseAll(why)
      line?.listener.end()
    },
  }
}

/** As `steadywire.publish` names it. */
function channelOf(topic: string): string {
  return `sw:${createHash('md5').update(topic).digest('hex')}`
}
