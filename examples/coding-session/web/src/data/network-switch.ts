import type { Lifecycle } from '@steadywire/core'
import { browserLifecycle } from '@steadywire/core/browser'
import { tab } from '../storage.ts'

export interface NetworkSwitch {
  readonly lifecycle: Lifecycle
  /** As the switch has it, which a reload does not change. */
  readonly online: boolean
  /** As if the device had lost its network, or had it again. */
  set(online: boolean): void
}

const key = 'offline'

/** The page's lifecycle as the browser tells it, with a switch for "offline" that needs no aeroplane. */
export function createNetworkSwitch(): NetworkSwitch {
  const stand = new EventTarget()
  let online = tab.getItem(key) === null
  for (const type of ['offline', 'online', 'pagehide', 'pageshow'])
    window.addEventListener(type, () => {
      if (type !== 'online' || online) stand.dispatchEvent(new Event(type))
    })
  const device = {
    get onLine() {
      return online && navigator.onLine
    },
  }
  return {
    lifecycle: browserLifecycle({ window: stand, document, navigator: device }),
    get online() {
      return online
    },
    set(now) {
      online = now
      if (!now || navigator.onLine) stand.dispatchEvent(new Event(now ? 'online' : 'offline'))
      if (now) tab.removeItem(key)
      else tab.setItem(key, 'yes')
    },
  }
}
