'use client'
export * from '@steadywire/react'
export { type ConnectionTexts, englishConnection } from '@steadywire/react/indicator'
export type { Background } from './app-state.ts'
export { ConnectionIndicator, type ConnectionIndicatorProps } from './connection-indicator.tsx'
export { type CursorStorage, type NativeCursors, type NativeCursorsOptions, nativeCursors } from './cursors.ts'
export { type NativeLifecycleOptions, nativeLifecycle } from './lifecycle.ts'
export type * from './ports.ts'
export {
  type StreamRequest,
  type StreamResponse,
  type XhrLike,
  type XhrSourceOptions,
  xhrSource,
} from './xhr-source.ts'
