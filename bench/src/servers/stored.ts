import { type EventLog, memoryLog, type RunningGateway } from '@steadywire/server'
import { dataOf, idOf, sharedNow, topic } from '../events.ts'
import type { Commands } from '../helper.ts'
import { loadCommands } from './load.ts'
import { steadyCommands } from './steady.ts'

export interface Serving {
  readonly port: number
  readonly gateway: RunningGateway
  /** As if the process had died. */
  readonly cut: () => void
}

/** Mounts a gateway as an app would; `arrived` is called for each client that asks for its stream. */
export type Serve = (log: EventLog, port?: number, arrived?: () => void) => Promise<Serving>

/** What a server of ours with a log in memory can be asked. */
export function storedCommands(serve: Serve): Commands {
  const log = memoryLog({ retention: {} })
  const arrivals: number[] = []
  let serving: Serving | undefined

  const append = async (index: number, extra?: { readonly at: number }): Promise<void> => {
    await log.append(topic, [{ id: idOf(index), type: 'terminal', data: dataOf(index, extra) }])
  }
  const up = async (port?: number): Promise<number> => {
    serving = await serve(log, port, () => arrivals.push(sharedNow()))
    return serving.port
  }

  return {
    listen: async (port) => [await up(port)],
    clients: () => [serving?.gateway.stats().readers ?? 0],
    ...loadCommands((index, at) => append(index, { at })),
    ...steadyCommands(append),

    async fill(count = 0) {
      for (let index = 1; index <= count; index++) await append(index)
      return []
    },
    /** The log is kept, as a database would. */
    async down() {
      serving?.cut()
      await serving?.gateway.close({ graceMs: 0 })
      arrivals.length = 0
      return []
    },
    /** Up again; answers since when. */
    async again(port) {
      await up(port)
      return [sharedNow()]
    },
    /** When streams were asked for since `down`. */
    arrivals: () => arrivals,
  }
}
