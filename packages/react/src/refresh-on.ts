import { type Subscriber, systemClock } from '@steadywire/core'

/**
 * When everything is refreshed, beside what events tell of: after a gap, when the app came to the front again, after it was away for so
 * long, ms by the wall clock (timers stop while a device sleeps).
 */
export type RefreshOn = readonly ('gap' | 'foreground' | { readonly absentMs: number })[]

export const defaultRefreshOn: RefreshOn = ['gap', { absentMs: 300_000 }]

export interface Absence {
  /** Whether the time away, which is over with it, calls for a refresh. */
  end(refreshOn: RefreshOn): boolean
  stop(): void
}

/** Sees how long the connection is away. */
export function watchAbsence(subscriber: Subscriber): Absence {
  let since: number | undefined
  let wasOnline = subscriber.state === 'online'
  let wasBehind = false
  const stop = subscriber.on('state', ({ state, suspendedBy }) => {
    wasBehind ||= suspendedBy.includes('background')
    if (state === 'online') wasOnline = true
    else if (wasOnline) since ??= systemClock.wall()
  })
  return {
    end(refreshOn) {
      const awayMs = since === undefined ? -1 : systemClock.wall() - since
      const calls = refreshOn.some((when) =>
        when === 'foreground' ? wasBehind : typeof when === 'object' && awayMs >= when.absentMs,
      )
      since = undefined
      wasBehind = false
      return calls
    },
    stop,
  }
}
