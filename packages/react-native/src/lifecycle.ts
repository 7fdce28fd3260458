import { type Clock, type Lifecycle, systemClock } from '@steadywire/core'
import { type Background, watchAppState } from './app-state.ts'
import { watchNetwork } from './network.ts'
import type { AppStateLike, NetInfoLike } from './ports.ts'

export interface NativeLifecycleOptions {
  /** `AppState` of react-native. */
  readonly appState: AppStateLike
  /** `NetInfo` of `@react-native-community/netinfo`. Without it being offline shows by tries that fail. */
  readonly netInfo?: NetInfoLike
  /** What happens in the background. Default `suspend`. */
  readonly background?: Background
  readonly clock?: Clock
}

/**
 * How a phone's app is doing (C6): in the background or offline, and back. iOS's `inactive` (a call, the app switcher) changes nothing.
 * Coming back catches up first, then goes live.
 *
 * @example
 * createSubscriber({ transport, lifecycle: nativeLifecycle({ appState: AppState, netInfo: NetInfo }) })
 */
export function nativeLifecycle(options: NativeLifecycleOptions): Lifecycle {
  const { appState, netInfo, background = 'suspend', clock = systemClock } = options
  return {
    watch(on) {
      const network = netInfo && watchNetwork(netInfo, on)
      const stopAppState = watchAppState(appState, background, clock, {
        ...on,
        woke() {
          network?.refresh()
          on.woke()
        },
      })
      return () => {
        stopAppState()
        network?.stop()
      }
    },
  }
}
