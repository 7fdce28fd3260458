import { createEmitter } from '@steadywire/core'
import { createGateway, memoryLog } from '@steadywire/server'

function start() {
  const log = memoryLog()
  return { log, gateway: createGateway({ log, authorise: 'anyone' }), emitter: createEmitter({ to: log }) }
}

// One for pages and routes, which Next bundles apart.
globalThis.backend ??= start()
export const { log, gateway, emitter } = globalThis.backend
