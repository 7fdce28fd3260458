'use client'
export { ConnectionIndicator, type ConnectionIndicatorProps } from './connection-indicator.tsx'
export type { Texts } from './texts.ts'
