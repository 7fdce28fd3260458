export * from './programs.ts'
export * from './start.ts'
