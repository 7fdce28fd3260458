'use client'
export { EventList, type EventListProps } from './event-list.tsx'
export type { ListedEvent } from './rows.ts'
export * from './status.ts'
