import type { Clock } from '@steadywire/core'
import pg from 'pg'
import { createSockets } from './config.ts'

export interface ListenerOptions {
  readonly config: pg.ClientConfig
  readonly clock: Clock
  /** How long it has to connect, how often it is asked whether it still lives, and how long it has to answer. */
  readonly deadlineMs: number
  readonly notified: (channel: string, payload: string) => void
  /** It is gone, however that came: told once. */
  readonly ended: () => void
}

/** A connection that listens. */
export interface Listener {
  /** Connects; to be called once. */
  connect(): Promise<void>
  listen(channels: readonly string[]): Promise<void>
  unlisten(channel: string): Promise<void>
  end(): void
}

export function createListener({ config, clock, deadlineMs, notified, ended }: ListenerOptions): Listener {
  const sockets = createSockets()
  const client = new pg.Client({ stream: sockets.open, ...config, keepAlive: true })
  let cancelPing = (): void => {}
  let over = false
  let last: Promise<unknown> = Promise.resolve()

  /** One after the other: pg does not queue. */
  function query(text: string): Promise<unknown> {
    const next = last.then(() => client.query(text))
    last = next.catch(() => {})
    return next
  }

  function end(): void {
    if (over) return
    over = true
    cancelPing()
    client.end().catch(() => {})
    sockets.end()
    ended()
  }

  /** A connection that only listens would not notice that nobody is there any more. */
  function pingLater(): void {
    cancelPing = clock.after(deadlineMs, () => {
      cancelPing = clock.after(deadlineMs, end)
      query('select 1').then(() => {
        cancelPing()
        if (!over) pingLater()
      }, end)
    })
  }

  client.on('error', end)
  client.on('end', end)
  client.on('notification', ({ channel, payload = '' }) => notified(channel, payload))

  return {
    async connect() {
      try {
        await client.connect()
      } catch (thrown) {
        end()
        throw thrown
      }
      if (!over) pingLater()
    },
    async listen(channels) {
      if (channels.length > 0) await query(channels.map((channel) => `listen "${channel}"`).join(';'))
    },
    async unlisten(channel) {
      await query(`unlisten "${channel}"`)
    },
    end,
  }
}
