import type { LifecycleEvents } from '@steadywire/core'
import type { NetInfoLike, NetworkState } from './ports.ts'

/** Tells when the device is offline, and when it changed its network, which kills a connection without a word. */
export function watchNetwork(netInfo: NetInfoLike, on: LifecycleEvents): { refresh(): void; stop(): void } {
  let stopped = false
  let offline = false
  let network: string | undefined

  function changed({ isConnected, isInternetReachable, type }: NetworkState): void {
    // NetInfo answers a new listener late, perhaps after it has left.
    if (stopped) return
    const wasOffline = offline
    offline = isConnected === false || isInternetReachable === false
    if (offline && !wasOffline) on.suspended('offline')
    else if (!offline && wasOffline) on.resumed('offline')
    else if (network !== undefined && type !== network && !offline) on.woke()
    network = type
  }

  const stop = netInfo.addEventListener(changed)
  return {
    /** What it knew before the app was away may be wrong for a minute. */
    refresh() {
      netInfo.refresh?.().catch(() => {})
    },
    stop() {
      stopped = true
      stop()
    },
  }
}
