export type { OwnLine, Place, SharedLine, SocketsLine } from './place.ts'
export * from './transport.ts'
