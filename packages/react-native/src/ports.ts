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

/** `null` and what is missing means: not known. */
export interface NetworkState {
  readonly isConnected: boolean | null
  readonly isInternetReachable?: boolean | null | undefined
  /** Such as `wifi` or `cellular`. */
  readonly type?: string
}
