import { type ReactElement, useState } from 'react'
import { cutWire, setServer } from '../data/host.ts'
import { Icon } from './icons.tsx'

export interface FaultsProps {
  /** The host of the page answers, and takes orders. */
  readonly reachable: boolean
  readonly serverUp: boolean
  readonly offline: boolean
  setOffline(offline: boolean): void
}

/** Everything that goes wrong on a bad day, on demand. */
export function Faults({ reachable, serverUp, offline, setOffline }: FaultsProps): ReactElement {
  const [busy, setBusy] = useState(false)
  const changeServer = async (): Promise<void> => {
    setBusy(true)
    await setServer(!serverUp).finally(() => setBusy(false))
  }
  return (
    <fieldset className="faults">
      <legend>Break it</legend>
      <button type="button" disabled={!reachable} onClick={() => void cutWire()}>
        <Icon name="cut" /> Cut the wire
      </button>
      <button type="button" data-on={!serverUp} disabled={busy || !reachable} onClick={() => void changeServer()}>
        <Icon name="power" /> {serverUp ? 'Kill the server' : 'Start the server'}
      </button>
      <button type="button" data-on={offline} disabled={!reachable && !offline} onClick={() => setOffline(!offline)}>
        <Icon name={offline ? 'online' : 'offline'} /> {offline ? 'Come back online' : 'Go offline'}
      </button>
    </fieldset>
  )
}
