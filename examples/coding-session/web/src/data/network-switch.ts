import type { Lifecycle } from '@steadywire/core'
import { browserLifecycle } from '@steadywire/core/browser'

export interface NetworkSwitch {
  readonly lifecycle: Lifecycle
  /** As if the device had lost its network, or had it again. */
  set(online: boolean): void
}

/** The page's lifecycle as the browser tells it, with a switch for "offline" that needs no aeroplane. */
export function createNetworkSwitch(): NetworkSwitch {
  const stand = new EventTarget()
  let online = true
  for (const type of ['offline', 'online', 'pagehide', 'pageshow'])
    window.addEventListener(type, () => {
      if (type !== 'online' || online) stand.dispatchEvent(new Event(type))
    })
  return {
    lifecycle: browserLifecycle({ window: stand, document, navigator }),
    set(now) {
      online = now
      if (!now || navigator.onLine) stand.dispatchEvent(new Event(now ? 'online' : 'offline'))
    },
  }
}
