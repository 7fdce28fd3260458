export * from './options.ts'
export * from './transport.ts'
