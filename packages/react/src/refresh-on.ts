import type { Subscriber } from '@steadywire/core'

/**
 * When everything is refreshed, beside what events tell of:
 * - `attached`: when the topic is followed only from now on, at first and for another identity: what happened since the app fetched is not told
 * - `gap`: after a gap
 * - `foreground`: when the app came to the front again, or the device woke, as its lifecycle tells
 * - `absentMs`: when nothing was heard for so long, ms by the wall clock (timers stop while a device sleeps)
 */
export type RefreshOn = readonly ('attached' | 'gap' | 'foreground' | { readonly absentMs: number })[]

export const defaultRefreshOn: RefreshOn = ['attached', 'gap', { absentMs: 300_000 }]

/** An open connection is silent for less than that, ms; else nothing ran that could hear it. */
const aliveMs = 60_000

export interface Absence {
  /** Whether the time away, which is over with it, calls for a refresh. */
  end(refreshOn: RefreshOn): boolean
  stop(): void
}

/**
 * Sees how long the app is away: from when the other side was last heard.
 *
 * @param returned Called when the app is back and the connection is still there, so that no attach tells it.
 */
export function watchAbsence(subscriber: Subscriber, returned: () => void): Absence {
  const { clock } = subscriber
  let since: number | undefined
  let wasBehind = false
  /** When everything was fetched last. */
  let freshAt = clock.wall()
  const heardAt = (): number => Math.max(subscriber.connection.heardAt ?? freshAt, freshAt)
  const stops = [
    subscriber.on('state', ({ state, suspendedBy }) => {
      wasBehind ||= suspendedBy.includes('background')
      if (state !== 'online') since ??= heardAt()
    }),
    subscriber.on('woke', () => {
      wasBehind = true
      if (subscriber.state !== 'online') return
      if (clock.wall() - heardAt() > aliveMs) since ??= heardAt()
      returned()
    }),
  ]
  return {
    end(refreshOn) {
      const now = clock.wall()
      const awayMs = since === undefined ? -1 : now - since
      const calls = refreshOn.some((when) =>
        when === 'foreground' ? wasBehind : typeof when === 'object' && awayMs >= when.absentMs,
      )
      since = undefined
      wasBehind = false
      if (calls) freshAt = now
      return calls
    },
    stop() {
      for (const stop of stops) stop()
    },
  }
}
