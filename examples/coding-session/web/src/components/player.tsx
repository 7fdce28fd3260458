import type { ReactElement } from 'react'
import { type Playback, speeds } from '../data/use-playback.ts'
import type { KeptEvent } from '../data/view.ts'
import { elapsed, number } from '../format.ts'
import { Icon } from './icons.tsx'

interface PlayerProps {
  readonly playback: Playback
  readonly events: readonly KeptEvent[]
  readonly startedAt: number
}

/** Goes back in the session, and plays it slowly or quickly, while the live one goes on behind. */
export function Player({ playback, events, startedAt }: PlayerProps): ReactElement {
  const { seq, playing, count, speed } = playback
  const live = seq === undefined
  const runs = live || playing
  const at = elapsed((events[count - 1]?.time ?? startedAt) - startedAt)
  return (
    <section className="player" aria-label="Playback" data-live={live}>
      <div className="keys">
        <button
          type="button"
          className="quiet"
          aria-label="From the beginning"
          onClick={() => playback.seek(0)}
          disabled={events.length === 0}
        >
          <Icon name="first" className="icon first" />
        </button>
        <button
          type="button"
          className="quiet main"
          aria-label={runs ? 'Pause' : 'Play'}
          onClick={runs ? playback.pause : playback.play}
        >
          <Icon name={runs ? 'pause' : 'play'} />
        </button>
        <select aria-label="Speed" value={speed} onChange={(change) => playback.setSpeed(Number(change.target.value))}>
          {speeds.map((each) => (
            <option key={each} value={each}>
              {each} ×
            </option>
          ))}
        </select>
      </div>
      <input
        type="range"
        aria-label="Place in the session"
        aria-valuetext={live ? 'live' : `event ${count} of ${events.length}, ${at}`}
        min={0}
        max={events.length}
        value={count}
        style={{ '--played': events.length > 0 ? count / events.length : 1 } as Record<string, number>}
        onChange={(change) => playback.seek(Number(change.target.value))}
      />
      <p className="at">
        <b>{at}</b>{' '}
        <span>{live ? `${number(events.length)} events` : `${number(count)} of ${number(events.length)}`}</span>
      </p>
      <button type="button" className="live" aria-pressed={live} onClick={playback.goLive}>
        <span className="dot" aria-hidden="true" /> {live ? 'Live' : 'Back to live'}
      </button>
    </section>
  )
}
