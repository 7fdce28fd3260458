import { type ReactElement, useState } from 'react'
import { loads } from '../../../src/page/protocol.ts'
import { runAgain } from '../data/host.ts'
import { number } from '../format.ts'
import { Icon } from './icons.tsx'

/** Runs the session once more, on demand with a load of numbered events. */
export function RunAgain({ running, begun }: { readonly running: boolean; begun(): void }): ReactElement | null {
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
      <button type="button" className="primary" onClick={() => void runAgain(load).then(begun)}>
        <Icon name="again" /> Run again
      </button>
    </span>
  )
}
