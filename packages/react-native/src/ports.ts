/** What is needed of React Native's `AppState`. */
export interface AppStateLike {
  readonly currentState: string | null | undefined
  addEventListener(type: 'change', listener: (state: string) => void): { remove(): void }
}

/** What is needed of `@react-native-community/netinfo`. */
export interface NetInfoLike {
  addEventListener(listener: (state: NetworkState) => void): () => void
  /** Looks anew, and tells the listeners. */
  refresh?(): Promise<unknown>
}

/** What tells one network from another of the same type. */
export interface NetworkDetails {
  /** Only where the app may know where the phone is. */
  readonly ssid?: string | null
  readonly ipAddress?: string | null
  readonly isConnectionExpensive?: boolean
}

/** `null` and what is missing means: not known. */
export interface NetworkState {
  readonly isConnected: boolean | null
  readonly isInternetReachable?: boolean | null | undefined
  /** Such as `wifi` or `cellular`. */
  readonly type?: string
  readonly details?: NetworkDetails | null
}
