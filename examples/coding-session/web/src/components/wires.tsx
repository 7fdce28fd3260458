import type { ReactElement } from 'react'
import type { Stage } from '../../../src/page/protocol.ts'
import type { Tally } from '../data/ledger.ts'
import type { WireChoice } from '../data/use-wire-choice.ts'
import { wireNames } from '../data/wires.ts'
import { number } from '../format.ts'
import { Count } from './count.tsx'
import { Faults, type FaultsProps } from './faults.tsx'
import { Verdict } from './verdict.tsx'

interface WiresProps extends FaultsProps {
  readonly stage: Stage
  readonly choice: WireChoice
  readonly tally: Tally
  readonly flowing: boolean
  readonly ended: boolean
}

/** From the log to this page: what was emitted, the wires in between, what arrived; and ways to break them. */
export function Wires({ stage, choice, tally, flowing, ended, ...faults }: WiresProps): ReactElement {
  const { wanted, active, suspended, choose } = choice
  const { reachable, serverUp } = faults
  return (
    <section className="wires" aria-label="Delivery">
      <Count name="Emitted" value={tally.emitted} note={noteOf(faults)} />
      <fieldset className="strands">
        <legend className="hidden">Wire</legend>
        {stage.wires.map(({ kind }, place) => {
          const state = active === place ? 'active' : wanted === place ? 'wanted' : 'standby'
          return (
            <label key={kind} className="strand" data-state={state} data-flowing={flowing && active === place}>
              <input type="radio" name="wire" checked={wanted === place} onChange={() => choose(place)} />
              <span className="name">{wireNames[kind]}</span>
              <span className="line" aria-hidden="true" />
              <span className="use">{strandText(state, reachable, suspended || !serverUp)}</span>
            </label>
          )
        })}
      </fieldset>
      <Count name="Delivered" value={tally.delivered} note="to this page">
        <dl className="losses">
          <div data-bad={tally.repeated > 0}>
            <dt>Repeated</dt>
            <dd>{number(tally.repeated)}</dd>
          </div>
          <div data-bad={tally.lost > 0}>
            <dt>Lost</dt>
            <dd>{number(tally.lost)}</dd>
          </div>
          <div data-bad={tally.disordered > 0}>
            <dt>Out of order</dt>
            <dd>{number(tally.disordered)}</dd>
          </div>
        </dl>
      </Count>
      <Faults {...faults} />
      <Verdict tally={tally} reachable={reachable} ended={ended} />
    </section>
  )
}

function noteOf({ reachable, serverUp }: FaultsProps): string {
  if (!reachable) return 'as last heard'
  return serverUp ? 'into the log' : 'the server is down'
}

/** What is in use says so itself; of the others only the host knows. */
function strandText(state: 'active' | 'wanted' | 'standby', reachable: boolean, down: boolean): string {
  if (state === 'active') return 'in use'
  if (!reachable) return 'unknown'
  if (down) return 'down'
  return state === 'wanted' ? 'opening' : 'ready'
}
