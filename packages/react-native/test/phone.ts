import type { AppStateLike, NetInfoLike, NetworkState } from '../src/ports.ts'

/** An app on a phone: the test puts it away and takes it out again. */
export function createApp(currentState = 'active') {
  const listeners = new Set<(state: string) => void>()
  const appState = {
    currentState,
    addEventListener(_type: 'change', listener: (state: string) => void) {
      listeners.add(listener)
      return { remove: () => void listeners.delete(listener) }
    },
  } satisfies AppStateLike
  return {
    appState,
    listeners,
    become(...states: readonly string[]) {
      for (const state of states) {
        appState.currentState = state
        for (const listener of [...listeners]) listener(state)
      }
    },
  }
}

/** The phone's network, which tells new listeners late how it is, as NetInfo does. */
export function createNetwork(first: NetworkState = { isConnected: true, isInternetReachable: null, type: 'wifi' }) {
  const listeners = new Set<(state: NetworkState) => void>()
  const network = {
    listeners,
    refreshed: 0,
    netInfo: {
      addEventListener(listener) {
        listeners.add(listener)
        void Promise.resolve().then(() => listener(first))
        return () => void listeners.delete(listener)
      },
      async refresh() {
        network.refreshed += 1
      },
    } satisfies NetInfoLike,
    become(state: Partial<NetworkState>) {
      for (const listener of [...listeners]) listener({ ...first, ...state })
    },
  }
  return network
}
