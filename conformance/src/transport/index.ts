import type { Case, Outcome } from '../suite.ts'
import { anotherLog } from './another-log.ts'
import { bounded } from './bounded.ts'
import { closing } from './closing.ts'
import { complete } from './complete.ts'
import { connection } from './connection.ts'
import { emission } from './emission.ts'
import { final } from './final.ts'
import type { TransportHarness } from './harness.ts'
import { honest } from './honest.ts'
import { independent } from './independent.ts'
import { once } from './once.ts'
import { ordered } from './ordered.ts'
import { privacy } from './private.ts'
import { reports } from './reports.ts'
import { resumable } from './resumable.ts'
import { seamless } from './seamless.ts'
import { suspension } from './suspension.ts'
import { tokens } from './tokens.ts'
import { unsequenced } from './unsequenced.ts'
import { validation } from './validation.ts'
import { createWorld, type TransportWorld } from './world.ts'

/** What every transport with positions must pass, as data. */
export const transportCases: readonly Case<TransportWorld>[] = [
  ...complete,
  ...reports,
  ...once,
  ...ordered,
  ...honest,
  ...anotherLog,
  ...resumable,
  ...seamless,
  ...independent,
  ...bounded,
  ...final,
  ...privacy,
  ...emission,
  ...validation,
  ...connection,
  ...tokens,
  ...suspension,
  ...closing,
]

/** What a wire without positions must pass instead, as data. */
export const unsequencedCases: readonly Case<TransportWorld>[] = unsequenced

/**
 * Runs one case in a world of its own; throws if the transport breaks the clause. With `positions: false` in the harness
 * take `unsequencedCases`.
 *
 * @example
 * for (const item of transportCases) console.log(titleOf(item), (await runTransportCase(harness, item)) ?? 'passed')
 */
export async function runTransportCase(harness: TransportHarness, item: Case<TransportWorld>): Promise<Outcome> {
  const { world, close } = await createWorld(harness)
  try {
    return await item.run(world)
  } finally {
    await close()
  }
}

export type { ServerSide, TransportHarness, TransportSetup } from './harness.ts'
export type { Source, SourceLog, SourceRights } from './source.ts'
export type { TransportWorld } from './world.ts'
