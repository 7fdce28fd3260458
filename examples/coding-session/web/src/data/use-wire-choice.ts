import type { FailoverTransport } from '@steadywire/core'
import { useSubscriber } from '@steadywire/react'
import { useCallback, useState, useSyncExternalStore } from 'react'
import type { Stage } from '../../../src/page/protocol.ts'
import { tab } from '../storage.ts'

export interface WireChoice {
  /** The place of the wire that is asked for. */
  readonly wanted: number
  /** The one in use: while the wanted one is down, another; undefined while none is open. */
  readonly active: number | undefined
  /** The page is offline, or asleep: no wire is wanted. */
  readonly suspended: boolean
  choose(place: number): void
}

const key = 'wire'

/** The place of the wire that this tab chose before, else of the one that was asked for on the command line. */
export function wantedWire({ wires, preferred }: Stage): number {
  const place = wires.findIndex(({ kind }) => kind === tab.getItem(key))
  return place < 0 ? preferred : place
}

export function useWireChoice(stage: Stage, wires: FailoverTransport): WireChoice {
  const subscriber = useSubscriber()
  const [wanted, setWanted] = useState(() => wantedWire(stage))
  const subscribe = useCallback((listener: () => void) => subscriber.on('state', listener), [subscriber])
  const active = useSyncExternalStore(subscribe, () => (subscriber.state === 'online' ? wires.active : undefined))
  const suspended = useSyncExternalStore(subscribe, () => subscriber.state === 'suspended')
  return {
    wanted,
    active,
    suspended,
    choose(place) {
      setWanted(place)
      wires.use(place)
      tab.setItem(key, stage.wires[place]?.kind ?? '')
    },
  }
}
