/** Why a connection is not wanted for now. */
export type SuspendReason = 'offline' | 'background' | 'paused'

export interface LifecycleEvents {
  suspended(reason: SuspendReason): void
  resumed(reason: SuspendReason): void
  /** The connection stays, but nothing is handed to the app (C6b): what comes waits, above `buffer` in the log. */
  held(): void
  /** What waited is handed over, in its order. */
  released(): void
  /** The app came to the front, or the device woke: connect now, and verify what was followed. */
  woke(): void
}

/** Tells the subscriber how the app and its device are doing (guarantee C6). */
export interface Lifecycle {
  /** Reports from now on, first of all what holds already; answers how to stop. */
  watch(on: LifecycleEvents): () => void
}
