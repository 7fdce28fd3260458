export * from './bridge.ts'
export type { RedisLike } from './connection.ts'
export * from './redis-log.ts'
