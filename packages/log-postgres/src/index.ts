export type { PostgresLike } from './calls.ts'
export * from './install.ts'
export * from './postgres-log.ts'
