export * from './mount.ts'
