import type { EventLog } from '@steadywire/server'
import type { LogHarness, LogSetup } from '../log/index.ts'
import { createReferenceLog, type ReferenceLog } from '../reference-log.ts'
import { createReferenceTransport } from '../reference-transport.ts'
import type { TransportHarness } from '../transport/index.ts'

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

/** What the outside world can do to a reference log; `opened` is how the case holds it. */
export function controls(log: ReferenceLog, opened: EventLog = log): Omit<LogSetup, 'log'> {
  return {
    async restart(data) {
      log.breakTails()
      if (data === 'lost') log.recreate()
      return opened
    },
    trim: async (topic, seq) => log.trim(topic, seq),
    rewind: async (topic, seq) => log.rewind(topic, seq),
    breakTails: async () => log.breakTails(),
    close: async () => {},
  }
}
