import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { advance, pauseBefore } from './advance.ts'
import { readPlace, writePlace } from './kept-place.ts'
import { countUpTo } from './session-state.ts'
import type { KeptEvent } from './view.ts'

export const speeds = [0.1, 0.25, 0.5, 1, 2, 8] as const

export interface Playback {
  /** Undefined: live, or the end. Else up to this seq is shown. */
  readonly seq: number | undefined
  readonly playing: boolean
  readonly speed: number
  /** How many of the kept events are shown. */
  readonly count: number
  /** From live, another speed than that of life plays the last seconds again. */
  setSpeed(speed: number): void
  /** Shows so many of the kept events, and stays there. */
  seek(count: number): void
  /** Goes on from where it is; from the end, once more from the beginning. */
  play(): void
  pause(): void
  goLive(): void
}

const frameMs = 16
const replayedMs = 8000

/** Goes back in a session, and plays it from there, until it is live again; another session begins live, the same one where it was. */
export function usePlayback(session: string | undefined, events: readonly KeptEvent[]): Playback {
  const [played, setPlayed] = useState<string>()
  const [seq, setSeq] = useState<number>()
  const [playing, setPlaying] = useState(false)
  const [speed, setSpeed] = useState<number>(1)
  const count = seq === undefined ? events.length : countUpTo(events, seq)
  const latest = useRef(events)
  useLayoutEffect(() => {
    latest.current = events
  })

  const goLive = (): void => {
    setSeq(undefined)
    setPlaying(false)
  }
  const playFrom = (place: number): void => {
    setSeq(place)
    setPlaying(true)
  }
  const seek = (to: number): void => {
    setPlaying(false)
    setSeq(to >= events.length ? undefined : (events[to - 1]?.seq ?? 0))
  }

  if (played !== session) {
    setPlayed(session)
    const kept = played === undefined ? readPlace() : undefined
    if (kept !== undefined && kept.session === session) {
      setSeq(kept.seq)
      setPlaying(kept.playing)
      setSpeed(speeds.find((each) => each === kept.speed) ?? 1)
    } else goLive()
  }
  useEffect(() => {
    if (played !== undefined) writePlace({ session: played, playing, speed, ...(seq !== undefined && { seq }) })
  }, [played, seq, playing, speed])

  // Time itself drives it: turns that come late, or take long, show more at once. While it plays, nobody else changes the place.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the place is its own doing, and events that arrive are read from `latest`
  useEffect(() => {
    if (!playing || seq === undefined) return undefined
    let place = seq
    let told = performance.now()
    let left = 0
    let timer = setTimeout(turn)

    function turn(): void {
      const all = latest.current
      const now = performance.now()
      const next = advance(all, countUpTo(all, place), left + (now - told) * speed)
      told = now
      left = next.left
      const pause = pauseBefore(all, next.count)
      place = Math.max(place, all[next.count - 1]?.seq ?? 0)
      // After a reload what is played may come later.
      if (pause === undefined && place <= (all.at(-1)?.seq ?? -1)) goLive()
      else {
        setSeq(place)
        timer = setTimeout(turn, Math.max(frameMs, ((pause ?? 0) - left) / speed))
      }
    }
    return () => clearTimeout(timer)
  }, [played, playing, speed])

  return {
    seq,
    playing,
    speed,
    count,
    setSpeed(to) {
      setSpeed(to)
      if (seq !== undefined || to === 1) return
      const from = (events.at(-1)?.time ?? 0) - replayedMs
      playFrom(events.findLast(({ time }) => time < from)?.seq ?? 0)
    },
    seek,
    play: () => playFrom(seq ?? 0),
    pause: () => {
      if (seq === undefined) setSeq(events.at(-1)?.seq ?? 0)
      setPlaying(false)
    },
    goLive,
  }
}
