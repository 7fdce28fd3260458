export * from './log.ts'
export * from './gateway-contract.ts'
