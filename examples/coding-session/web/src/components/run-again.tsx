import { type ReactElement, useState } from 'react'
import { loads } from '../../../src/page/protocol.ts'
import { runAgain } from '../data/host.ts'
import { number } from '../format.ts'
import { Icon } from './icons.tsx'

interface RunAgainProps {
  readonly running: boolean
  /** The host answers, and takes orders. */
  readonly reachable: boolean
  begun(): void
}

/** Runs the session once more, on demand with a load of numbered events. */
export function RunAgain({ running, reachable, begun }: RunAgainProps): ReactElement | null {
  const [load, setLoad] = useState<number>(0)
  if (running) return null
  return (
    <span className="run-again">
      <select
        aria-label="Numbered events besides"
        value={load}
        onChange={(change) => setLoad(Number(change.target.value))}
      >
        {loads.map((count) => (
          <option key={count} value={count}>
            {count === 0 ? 'no extra load' : `+ ${number(count)} events`}
          </option>
        ))}
      </select>
      <button type="button" className="primary" disabled={!reachable} onClick={() => void runAgain(load).then(begun)}>
        <Icon name="again" /> Run again
      </button>
    </span>
  )
}
