import type { LifecycleEvents } from '@steadywire/core'
import type { NetInfoLike, NetworkState } from './ports.ts'

/** Something that another network has otherwise; often not known. */
type Mark = string | null | undefined

/** Tells when the device is offline, and when it changed its network, which kills a connection without a word. */
export function watchNetwork(netInfo: NetInfoLike, on: LifecycleEvents): { refresh(): void; stop(): void } {
  let stopped = false
  let offline = false
  let network: readonly Mark[] = []

  function changed({ isConnected, isInternetReachable, type, details }: NetworkState): void {
    // NetInfo answers a new listener late, perhaps after it has left.
    if (stopped) return
    const wasOffline = offline
    offline = isConnected === false || isInternetReachable === false
    if (offline && !wasOffline) on.suspended('offline')
    else if (!offline && wasOffline) on.resumed('offline')
    const now = [type, details?.ssid, details?.ipAddress]
    if (!offline && !wasOffline && now.some((mark, index) => differ(mark, network[index]))) on.woke()
    network = now.map((mark, index) => mark ?? network[index])
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

function differ(a: Mark, b: Mark): boolean {
  return typeof a === 'string' && typeof b === 'string' && a !== b
}
