export type { PostgresLike } from './config.ts'
export * from './install.ts'
export * from './postgres-log.ts'
