'use client'
export * from './connection-kind.ts'
export * from './texts.ts'
export * from './use-shown-connection.ts'
