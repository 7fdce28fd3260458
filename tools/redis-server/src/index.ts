export * from './find.ts'
export * from './start.ts'
