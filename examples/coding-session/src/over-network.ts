import { openNetwork } from './network.ts'
import type { Options } from './options.ts'
import { runSession } from './session-run.ts'

/** Servers, worker and viewer in processes of their own, and between them wires that can be cut. */
export async function runOverNetwork(options: Options, signal: AbortSignal): Promise<number> {
  const network = await openNetwork(options)
  const code = await runSession({ network, options, sessionId: 'demo', signal })
  await network.close()
  return code
}
