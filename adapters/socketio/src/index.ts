export type { OwnLine, Place, SharedLine, SocketsLine } from './place.ts'
export * from './plain.ts'
export type { PlainEvent, PlainLost, PlainSocketioOptions, Since } from './plain-options.ts'
export * from './transport.ts'
