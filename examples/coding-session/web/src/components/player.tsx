import type { ReactElement } from 'react'
import type { Moment } from '../data/moment.ts'
import { type Playback, speeds } from '../data/use-playback.ts'
import { clock, elapsed, number } from '../format.ts'
import { Icon } from './icons.tsx'

interface PlayerProps {
  readonly playback: Playback
  readonly moment: Moment
  /** How many events can be gone back to. */
  readonly kept: number
  /** Nothing will be added to the session. */
  readonly ended: boolean
}

/** Goes back in the session, and plays it slowly or quickly, while the live one goes on behind. */
export function Player({ playback, moment, kept, ended }: PlayerProps): ReactElement {
  const { playing, count, speed } = playback
  const live = playback.seq === undefined
  const runs = live ? !ended : playing
  const empty = kept === 0
  const { seq, newest, keptFrom, behind } = moment
  const at = elapsed(moment.at)
  const history = keptFrom === undefined ? '' : `History kept from ${clock(keptFrom)} on`
  return (
    <section className="player" aria-label="Playback" data-live={live}>
      {!live && (
        <p className="behind">
          <span>
            You see <b>{clock(moment.at)}</b> · {clock(behind)} {ended ? 'before the end' : 'behind live'}
          </span>
          {history && <span className="history">{history}</span>}
        </p>
      )}
      <div className="keys">
        <button
          type="button"
          className="quiet"
          aria-label="From the beginning"
          title={history || 'From the beginning'}
          onClick={() => playback.seek(0)}
          disabled={empty}
        >
          <Icon name="first" className="icon first" />
        </button>
        <button
          type="button"
          className="quiet main"
          aria-label={runs ? 'Pause' : 'Play'}
          onClick={runs ? playback.pause : playback.play}
          disabled={empty}
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
        aria-valuetext={live ? (ended ? 'the end' : 'live') : `event ${seq} of ${newest}, ${at}`}
        min={0}
        max={kept}
        value={count}
        disabled={empty}
        style={{ '--played': empty ? 0 : count / kept } as Record<string, number>}
        onChange={(change) => playback.seek(Number(change.target.value))}
      />
      <p className="at">
        <b>{at}</b> <span>{live ? `${number(newest)} events` : `${number(seq)} of ${number(newest)}`}</span>
      </p>
      <button type="button" className="live" aria-pressed={live} data-ended={ended} onClick={playback.goLive}>
        {!ended && <span className="dot" aria-hidden="true" />} {labelOf(live, ended)}
      </button>
    </section>
  )
}

function labelOf(live: boolean, ended: boolean): string {
  if (ended) return live ? 'End' : 'To the end'
  return live ? 'Live' : 'Back to live'
}
