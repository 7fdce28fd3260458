export * from './options.ts'
export * from './table.ts'
export * from './transport.ts'
