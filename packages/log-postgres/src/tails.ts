import { createHash } from 'node:crypto'
import {
  type BackoffRules,
  backoffDelay,
  type Clock,
  type Random,
  toWireError,
  type WireError,
  type WireEvent,
  wireError,
} from '@steadywire/core'
import { parseFrame } from '@steadywire/core/protocol'
import type { TailListener } from '@steadywire/server'
import pg from 'pg'
import { toLogError } from './postgres-error.ts'
import { noteTexts } from './texts.ts'

export interface TailsOptions {
  readonly config: pg.ClientConfig
  readonly clock: Clock
  readonly random: Random
  /** How often the connection is asked whether it still lives, and how long it has to answer. */
  readonly deadlineMs: number
  readonly report: (error: WireError) => void
}

export interface PostgresTails {
  follow(topic: string, on: TailListener): Promise<() => Promise<void>>
  close(why: WireError): Promise<void>
}

interface Followed {
  readonly topic: string
  readonly listeners: Set<TailListener>
  /** Whoever was confirmed may have missed something while the connection was away. */
  confirmed: boolean
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
  let line: Promise<pg.Client> | undefined
  let attempts = 0
  let closed: WireError | undefined
  let cancelRetry = (): void => {}

  async function open(): Promise<pg.Client> {
    const client = new pg.Client({ ...config, keepAlive: true, connectionTimeoutMillis: deadlineMs })
    let stopPinging = (): void => {}
    let over = false
    const end = (): void => {
      if (over) return
      over = true
      stopPinging()
      client.end().catch(() => {})
      line = undefined
      if (!closed && followed.size > 0) retry()
    }
    client.on('error', end)
    client.on('end', end)
    client.on('notification', ({ channel, payload = '' }) => {
      const at = followed.get(channel)
      if (at) wake(channel, eventsOf(payload, at.topic, report))
    })
    try {
      await client.connect()
      const channels = [...followed.keys()]
      if (channels.length > 0) await client.query(channels.map((channel) => `listen "${channel}"`).join(';'))
    } catch (thrown) {
      end()
      throw thrown
    }
    stopPinging = keepPinging(client, end)
    attempts = 0
    for (const [channel, { confirmed }] of followed) if (confirmed) wake(channel, [])
    return client
  }

  function keepPinging(client: pg.Client, dead: () => void): () => void {
    let cancel = (): void => {}
    const next = (): void => {
      cancel = clock.after(deadlineMs, () => {
        cancel = clock.after(deadlineMs, dead)
        client.query('select 1').then(() => {
          cancel()
          next()
        }, dead)
      })
    }
    next()
    return () => cancel()
  }

  function connected(): Promise<pg.Client> {
    line ??= open()
    return line
  }

  function retry(): void {
    attempts += 1
    cancelRetry = clock.after(backoffDelay(reconnects, attempts, random()), () => {
      if (!closed && followed.size > 0) connected().catch((thrown: unknown) => refused(thrown))
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
    line?.then((client) => (followed.has(channel) ? undefined : client.query(`unlisten "${channel}"`))).catch(() => {})
  }

  return {
    async follow(topic, on) {
      if (closed) throw closed
      const channel = channelOf(topic)
      const at = followed.get(channel) ?? { topic, listeners: new Set(), confirmed: false }
      followed.set(channel, at)
      const listener: TailListener = { wake: (events) => on.wake(events), lost: (error) => on.lost(error) }
      at.listeners.add(listener)
      try {
        const client = await connected()
        await client.query(`listen "${channel}"`)
        at.confirmed = true
      } catch (thrown) {
        leave(channel, at, listener)
        throw closed ?? toLogError('Following a topic', thrown, topic)
      }
      return async () => leave(channel, at, listener)
    },
    async close(why) {
      closed = why
      cancelRetry()
      loseAll(why)
      const client = await line?.catch(() => undefined)
      await client?.end()
    },
  }
}

/** As `steadywire.publish` names it. */
export function channelOf(topic: string): string {
  return `sw:${createHash('md5').update(topic).digest('hex')}`
}

/** The events of a notification, or none, if it only wakes or anything about it is not as it should be. */
function eventsOf(payload: string, topic: string, report: (error: WireError) => void): readonly WireEvent[] {
  if (payload === '') return []
  try {
    const frame = parseFrame(payload, report)
    if (frame.kind !== 'items' || frame.topic !== topic) throw foreign(topic)
    const events = frame.items.filter((item): item is WireEvent => !('skip' in item))
    // Each event stands in a line of its own, and so do the commas between them.
    const texts = payload.split('\n').filter((_, line) => line % 2 === 1)
    if (events.length !== texts.length) return []
    noteTexts(events, events, texts)
    return events
  } catch (thrown) {
    report(toWireError(thrown, 'protocol'))
    return []
  }
}

function foreign(topic: string): WireError {
  return wireError('retry', 'protocol', `Something else than events was notified for ${topic}`, {
    topic,
    hint: 'Does another program notify on the same channels?',
  })
}
