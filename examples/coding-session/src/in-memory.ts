import { setTimeout as wait } from 'node:timers/promises'
import { memory } from '@steadywire/memory'
import { memoryLog } from '@steadywire/server'
import { cuttable } from './cuttable.ts'
import type { Options } from './options.ts'
import { session } from './session.ts'
import { startViewer } from './viewer.ts'
import { runWorker } from './worker.ts'

const betweenCutsMs = 200
const sessionId = 'demo'

/** Worker, log and viewer in this process. */
export async function runInMemory(options: Options, signal: AbortSignal): Promise<number> {
  const log = memoryLog({ retention: {} })
  const transport = cuttable(memory({ log }))
  let wake = (): void => {}
  const viewer = startViewer({ transport, topic: session({ sessionId }), options, online: () => wake() })
  const breakSomething = async () => {
    const back = new Promise<void>((resolve) => {
      wake = resolve
    })
    signal.addEventListener('abort', () => wake(), { once: true })
    transport.cut()
    await back
    await wait(betweenCutsMs)
  }
  const records = await runWorker({ to: log, options, sessionId, breakSomething, signal })
  const code = await viewer.finish(records)
  return signal.aborted ? 130 : code
}
