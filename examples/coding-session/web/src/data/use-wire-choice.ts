import type { FailoverTransport } from '@steadywire/core'
import { useSubscriber } from '@steadywire/react'
import { useCallback, useState, useSyncExternalStore } from 'react'

export interface WireChoice {
  /** The place of the wire that is asked for. */
  readonly wanted: number
  /** The one in use: while the wanted one is down, another; undefined while none is open. */
  readonly active: number | undefined
  choose(place: number): void
}

export function useWireChoice(wires: FailoverTransport, preferred: number): WireChoice {
  const subscriber = useSubscriber()
  const [wanted, setWanted] = useState(preferred)
  const subscribe = useCallback((listener: () => void) => subscriber.on('state', listener), [subscriber])
  const active = useSyncExternalStore(subscribe, () => (subscriber.state === 'online' ? wires.active : undefined))
  return {
    wanted,
    active,
    choose(place) {
      setWanted(place)
      wires.use(place)
    },
  }
}
