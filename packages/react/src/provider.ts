import { SteadywireError, type Subscriber } from '@steadywire/core'
import { createContext, createElement, type ReactElement, type ReactNode, useContext } from 'react'

const Context = createContext<Subscriber | undefined>(undefined)

export interface SteadywireProviderProps {
  /** Made once, outside of what renders; it connects when the first component follows something. */
  readonly subscriber: Subscriber
  readonly children?: ReactNode
}

/**
 * Gives its subscriber to the hooks below. It opens and closes nothing: who made the subscriber closes it.
 *
 * @example
 * const subscriber = createSubscriber({ transport: sse({ url: '/live' }), lifecycle: browserLifecycle() })
 * root.render(<SteadywireProvider subscriber={subscriber}><App /></SteadywireProvider>)
 */
export function SteadywireProvider({ subscriber, children }: SteadywireProviderProps): ReactElement {
  return createElement(Context.Provider, { value: subscriber }, children)
}

/** The subscriber of the nearest provider. @throws SteadywireError `invalid_option` without one */
export function useSubscriber(): Subscriber {
  const subscriber = useContext(Context)
  if (!subscriber)
    throw new SteadywireError('invalid_option', 'A hook of Steadywire was used outside of a SteadywireProvider', {
      hint: 'Put <SteadywireProvider subscriber={createSubscriber(…)}> around what follows topics.',
    })
  return subscriber
}
