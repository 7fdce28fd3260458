import type { Clock, WireError, WireEvent } from '@steadywire/core'
import { eventsOfFrame, type TailListener } from '@steadywire/server'
import type { Redis } from 'ioredis'
import type { RedisConnection } from './connection.ts'
import { keepPinging } from './ping.ts'

export interface TailsOptions {
  readonly connection: RedisConnection<Redis>
  readonly clock: Clock
  /** How often the connection is asked whether it still lives. */
  readonly pingMs: number
  readonly report: (error: WireError) => void
}

export interface RedisTails {
  follow(topic: string, channel: string, on: TailListener): Promise<() => Promise<void>>
  close(why: WireError): void
}

interface Followed {
  readonly topic: string
  readonly listeners: Set<TailListener>
  readonly confirmed: Promise<unknown>
}

/** How many channels one command subscribes to. */
const atOnce = 1000

/**
 * Follows any number of topics on one connection. A message is a help, not a promise: whatever goes wrong with one, and
 * whenever the connection was away, the followers are woken without events and read.
 */
export function redisTails({ connection, clock, pingMs, report }: TailsOptions): RedisTails {
  const { redis } = connection
  const followed = new Map<string, Followed>()
  let connectedBefore = false
  const stopPinging = keepPinging(redis, clock, pingMs)

  const leave = (channel: string, from: Followed, listener: TailListener): void => {
    if (!from.listeners.delete(listener) || from.listeners.size > 0 || followed.get(channel) !== from) return
    followed.delete(channel)
    redis.unsubscribe(channel).catch(() => {})
  }

  /** A listener that throws has lost its place; the others are not to suffer. */
  const wake = (channel: string, events: readonly WireEvent[]): void => {
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

  const loseAll = (why: WireError): void => {
    const lost = [...followed.values()].flatMap(({ listeners }) => [...listeners])
    followed.clear()
    for (const listener of lost) listener.lost(why)
  }

  const subscribeAgain = async (): Promise<void> => {
    const channels = [...followed.keys()]
    try {
      for (let at = 0; at < channels.length; at += atOnce) await redis.subscribe(...channels.slice(at, at + atOnce))
    } catch (thrown) {
      // Without a connection the next one comes here again; one that refuses has to be told.
      if (redis.status === 'ready') loseAll(connection.toError('Following topics', thrown))
      return
    }
    for (const channel of channels) wake(channel, [])
  }

  redis.on('ready', () => {
    if (connectedBefore) void subscribeAgain()
    connectedBefore = true
  })
  redis.on('message', (channel: string, message: string) => {
    const at = followed.get(channel)
    if (at) wake(channel, eventsOfFrame(message, at.topic, report))
  })

  return {
    async follow(topic, channel, on) {
      const known = followed.get(channel)
      const at = known ?? { topic, listeners: new Set(), confirmed: redis.subscribe(channel) }
      followed.set(channel, at)
      const listener: TailListener = { wake: (events) => on.wake(events), lost: (error) => on.lost(error) }
      at.listeners.add(listener)
      try {
        await at.confirmed
      } catch (thrown) {
        leave(channel, at, listener)
        throw connection.toError('Following a topic', thrown, topic)
      }
      return async () => leave(channel, at, listener)
    },

    close(why) {
      stopPinging()
      connection.close(why)
      loseAll(why)
    },
  }
}
