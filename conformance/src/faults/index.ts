export * from './balancer.ts'
export * from './tcp-proxy.ts'
export * from './wire.ts'
