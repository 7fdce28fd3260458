import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { countUpTo } from './session-state.ts'
import type { KeptEvent } from './view.ts'

export const speeds = [0.1, 0.25, 0.5, 1, 2, 8] as const

export interface Playback {
  /** Undefined: live. Else up to this seq is shown. */
  readonly seq: number | undefined
  readonly playing: boolean
  readonly speed: number
  /** How many of the kept events are shown. */
  readonly count: number
  /** From live, another speed than that of life plays the last seconds again. */
  setSpeed(speed: number): void
  /** Shows so many of the kept events, and stays there. */
  seek(count: number): void
  play(): void
  pause(): void
  goLive(): void
}

/** A silence in the session is played no longer than that, ms. */
const longestPauseMs = 1500
const shortestPauseMs = 16
const replayedMs = 8000

/** Goes back in a session, and plays it from there, until it is live again; another session begins live. */
export function usePlayback(session: string | undefined, events: readonly KeptEvent[]): Playback {
  const [played, setPlayed] = useState(session)
  const [seq, setSeq] = useState<number>()
  const [playing, setPlaying] = useState(false)
  const [speed, setSpeed] = useState<number>(1)
  const count = seq === undefined ? events.length : countUpTo(events, seq)
  const current = events[count - 1]
  const next = events[count]
  const latest = useRef(events)
  useLayoutEffect(() => {
    latest.current = events
  })

  const goLive = (): void => {
    setSeq(undefined)
    setPlaying(false)
  }
  const seek = (to: number): void => {
    setPlaying(false)
    setSeq(to >= events.length ? undefined : (events[to - 1]?.seq ?? 0))
  }

  if (played !== session) {
    setPlayed(session)
    goLive()
  }

  // It does not depend on all events: those that arrive meanwhile must not make it wait again.
  useEffect(() => {
    if (!playing) return undefined
    if (!next) {
      setSeq(undefined)
      setPlaying(false)
      return undefined
    }
    const pause = current ? Math.min(next.time - current.time, longestPauseMs) / speed : 0
    const timer = setTimeout(
      () => {
        // Many events of one moment come at once: as many as the shortest pause is worth.
        const all = latest.current
        let to = count + 1
        const until = next.time + shortestPauseMs * speed
        while ((all[to]?.time ?? Number.POSITIVE_INFINITY) < until) to++
        setSeq(all[to - 1]?.seq)
      },
      Math.max(pause, shortestPauseMs),
    )
    return () => clearTimeout(timer)
  }, [playing, next, current, count, speed])

  return {
    seq,
    playing,
    speed,
    count,
    setSpeed(to) {
      setSpeed(to)
      if (seq !== undefined || to === 1) return
      const from = (events.at(-1)?.time ?? 0) - replayedMs
      setSeq(events.findLast(({ time }) => time < from)?.seq ?? 0)
      setPlaying(true)
    },
    seek,
    play() {
      if (seq !== undefined) setPlaying(true)
    },
    pause: () => {
      if (seq === undefined) setSeq(events.at(-1)?.seq ?? 0)
      setPlaying(false)
    },
    goLive,
  }
}
