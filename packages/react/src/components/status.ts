'use client'
export { ConnectionIndicator, type ConnectionIndicatorProps } from './connection-indicator.tsx'
export { StatusBar, type StatusBarProps } from './status-bar.tsx'
export type { Texts } from './texts.ts'
