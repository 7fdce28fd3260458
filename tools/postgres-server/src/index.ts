export * from './debian.ts'
export * from './start.ts'
