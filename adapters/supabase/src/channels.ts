import { type Clock, isWireError, messageOf, type Sink, toWireError, type WireError, wireError } from '@steadywire/core'
import { readFrame } from '@steadywire/core/protocol'
import type { RealtimeChannel, SupabaseClient } from '@supabase/supabase-js'
import { channelError } from './channel-error.ts'
import { eventOf } from './row.ts'
import { authorise, untilOpen } from './shared-client.ts'
import { type EventTable, tableOf } from './table.ts'

/** How long a channel that nobody follows any more is kept, ms: a component that is mounted twice is one channel. */
const lingerMs = 50

/** How long Realtime may take to say that broadcasts come, ms, before they are believed to. */
const replicatesMs = 5000

export interface ChannelsOptions {
  readonly client: SupabaseClient
  readonly feed: 'changes' | 'broadcast'
  readonly tables: readonly EventTable[]
  readonly clock: Clock
  readonly token: () => string | undefined
  readonly warn: (error: WireError) => void
  /** Something came from the other side. */
  readonly heard: () => void
}

/** The channels of one connection: one for each topic, however many follow it. */
export interface Channels {
  /** Resolves when the feed is certain to carry what is appended from now on. `leave` ends it for this sink. */
  follow(topic: string, sink: Sink): { readonly ready: Promise<void>; leave(): void }
  /** Leaves all of them; their sinks hear nothing more. */
  close(): void
}

/** Who follows a feed, and with which connection. */
interface Follower extends Pick<ChannelsOptions, 'warn' | 'heard'> {
  readonly sink: Sink
}

interface Feed {
  readonly topic: string
  readonly followers: Set<Follower>
  /** Realtime confirmed it. */
  live: boolean
  readonly ready: Promise<void>
  resolve(): void
  reject(error: WireError): void
  channel?: RealtimeChannel
  /** The token it was joined with. */
  token?: string | null
  /** What Realtime said before it closes the channel. */
  said?: string
  cancelLinger?: () => void
  cancelFallback?: () => void
}

let drawn = 0

/** A private channel is called as its topic, and so there is one of it in a client, whose connections share it. */
const broadcasts = new WeakMap<SupabaseClient, Map<string, Feed>>()

function broadcastsOf(client: SupabaseClient): Map<string, Feed> {
  const feeds = broadcasts.get(client) ?? new Map<string, Feed>()
  broadcasts.set(client, feeds)
  return feeds
}

export function createChannels(options: ChannelsOptions): Channels {
  const { client, feed: kind, tables, clock, token, warn, heard } = options
  const feeds = kind === 'broadcast' ? broadcastsOf(client) : new Map<string, Feed>()
  const ours = new Set<Follower>()

  function open(topic: string): Feed {
    let resolve = (): void => {}
    let reject = (_: WireError): void => {}
    const ready = new Promise<void>((done, fail) => {
      resolve = done
      reject = fail
    })
    ready.catch(() => {})
    const feed: Feed = { topic, followers: new Set(), live: false, ready, resolve, reject }
    feeds.set(topic, feed)
    join(feed).catch((thrown: unknown) => end(feed, isWireError(thrown) ? thrown : notJoined(topic, thrown)))
    return feed
  }

  async function join(feed: Feed): Promise<void> {
    const { topic } = feed
    feed.token = await authorise(client)
    await untilOpen(client, clock, () => feeds.get(topic) === feed)
    if (feeds.get(topic) !== feed) return
    const channel = kind === 'changes' ? changesChannel(feed) : broadcastChannel(feed)
    feed.channel = channel
    channel.on('system', {}, (message: unknown) => systemSaid(feed, message))
    channel.subscribe((status, error) => {
      if (feeds.get(topic) !== feed) return
      if (status === 'SUBSCRIBED') {
        // What is live begins later, and that is said by itself; of broadcasts, older servers say nothing.
        if (kind === 'broadcast') feed.cancelFallback = clock.after(replicatesMs, () => feed.live || confirmed(feed))
      } else if (status === 'TIMED_OUT')
        end(feed, wireError('retry', 'deadline', `Joining ${topic} was not answered`, { topic }))
      else end(feed, refusal(feed, `The channel of ${topic}`, feed.said ?? error?.message ?? 'was closed'))
    })
  }

  function changesChannel(feed: Feed): RealtimeChannel {
    const table = tableOf(tables, feed.topic)
    const value = feed.topic.slice(table.prefix.length)
    const filter = `${table.topicColumn}=eq.${/[",()\\]/.test(value) ? JSON.stringify(value) : value}`
    const binding = { event: 'INSERT', schema: table.schema, table: table.table, filter } as const
    return client
      .channel(`steadywire:${drawn++}`)
      .on('postgres_changes', binding, ({ schema, table: name, errors, new: row }) => {
        if (schema !== table.schema || name !== table.table) return
        const item = errors?.length ? undefined : eventOf(table, row)
        if (item && 'topic' in item && item.topic !== feed.topic) return
        spread(feed, ({ sink }) => (item ? sink.events([item]) : sink.head()))
      })
  }

  function broadcastChannel(feed: Feed): RealtimeChannel {
    const { topic } = feed
    if (client.getChannels().some((channel) => channel.topic === `realtime:${topic}`)) throw taken(topic)
    return client
      .channel(topic, { config: { private: true, broadcast: { replication_ready: true } } })
      .on('broadcast', { event: 'steadywire' }, ({ payload }) => told(feed, payload))
  }

  function told(feed: Feed, payload: unknown): void {
    const warnAll = (error: WireError): void => spread(feed, (follower) => follower.warn(error))
    try {
      const frame = readFrame(payload, warnAll)
      if (frame.kind === 'items' && frame.topic === feed.topic) spread(feed, ({ sink }) => sink.events(frame.items))
      else if (frame.kind === 'heads') spread(feed, ({ sink }) => sink.head(frame.heads.get(feed.topic)))
    } catch (thrown) {
      warnAll(toWireError(thrown))
      spread(feed, ({ sink }) => sink.head())
    }
  }

  function systemSaid(feed: Feed, message: unknown): void {
    if (feeds.get(feed.topic) !== feed) return
    for (const follower of feed.followers) follower.heard()
    const { status, extension, message: text } = Object(message)
    if (status === 'ok') {
      if (extension === (kind === 'changes' ? 'postgres_changes' : 'system')) confirmed(feed)
    } else if (extension === 'system') feed.said = String(text)
    else end(feed, refusal(feed, `Following ${feed.topic}`, String(text)))
  }

  /** While a session can't be refreshed, supabase-js gives Realtime another token: what that one may not is no last word. */
  function refusal({ topic, token: joinedWith }: Feed, doing: string, said: string): WireError {
    const error = channelError(doing, said, topic, token())
    return error.code === 'forbidden' && client.realtime.accessTokenValue !== joinedWith
      ? wireError('retry', 'unavailable', error.message, { topic })
      : error
  }

  /** Said again, it means that the feed was away for a while. */
  function confirmed(feed: Feed): void {
    if (feed.live) spread(feed, ({ sink }) => sink.head())
    feed.live = true
    delete feed.said
    feed.resolve()
  }

  function spread(feed: Feed, tell: (follower: Follower) => void): void {
    if (feeds.get(feed.topic) !== feed) return
    for (const follower of [...feed.followers]) {
      if (!feed.followers.has(follower)) continue
      follower.heard()
      tell(follower)
    }
  }

  function end(feed: Feed, error: WireError): void {
    if (!drop(feed)) return
    if (!feed.live) feed.reject(error)
    else for (const follower of [...feed.followers]) if (feed.followers.delete(follower)) follower.sink.lost(error)
  }

  function drop(feed: Feed): boolean {
    if (feeds.get(feed.topic) !== feed) return false
    feeds.delete(feed.topic)
    feed.cancelLinger?.()
    feed.cancelFallback?.()
    if (feed.channel) client.removeChannel(feed.channel).catch(() => {})
    return true
  }

  return {
    follow(topic, sink) {
      const feed = feeds.get(topic) ?? open(topic)
      const follower: Follower = { sink, warn, heard }
      feed.cancelLinger?.()
      feed.followers.add(follower)
      ours.add(follower)
      return {
        ready: feed.ready,
        leave() {
          ours.delete(follower)
          if (!feed.followers.delete(follower) || feed.followers.size > 0 || feeds.get(topic) !== feed) return
          feed.cancelLinger = clock.after(lingerMs, () => void (feed.followers.size === 0 && drop(feed)))
        },
      }
    },
    close() {
      for (const feed of [...feeds.values()]) {
        for (const follower of ours) feed.followers.delete(follower)
        if (feed.followers.size > 0) continue
        drop(feed)
        feed.reject(wireError('retry', 'closed', 'The connection was closed'))
      }
      ours.clear()
    },
  }
}

function taken(topic: string): WireError {
  return wireError('config', 'invalid_option', `The app has a channel of its own that is called ${topic}`, {
    topic,
    hint: 'Give the adapter a client of its own (url and key), choose feed: "changes", or call the channel something else.',
  })
}

function notJoined(topic: string, cause: unknown): WireError {
  return wireError('retry', 'unavailable', `Joining ${topic}: ${messageOf(cause)}`, { topic, cause })
}
