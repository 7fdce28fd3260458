import type { LogHarness } from '../log/index.ts'
import { createReferenceLog } from '../reference-log.ts'
import { createReferenceTransport } from '../reference-transport.ts'
import type { TransportHarness } from '../transport/index.ts'
import { controls } from './logs.ts'

/** What the saboteurs are made from, as it is before somebody broke it. */
export const healthyLog: LogHarness = {
  name: 'reference',
  async setup() {
    const log = createReferenceLog()
    return { log, ...controls(log) }
  },
}

export const healthyTransport: TransportHarness = {
  name: 'reference',
  async setup(side) {
    const transport = createReferenceTransport(side)
    return { transport: () => transport, close: async () => transport.shutDown() }
  },
}
