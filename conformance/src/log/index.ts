import { freshTopic } from '../drafts.ts'
import type { Case, Outcome } from '../suite.ts'
import type { LogHarness, LogWorld } from './harness.ts'
import { idempotence } from './idempotence.ts'
import { keeping } from './keeping.ts'
import { order } from './order.ts'
import { pages } from './pages.ts'
import { retention } from './retention.ts'
import { sealing } from './sealing.ts'
import { tailing } from './tailing.ts'

/** What every log must pass, as data. */
export const logCases: readonly Case<LogWorld>[] = [
  ...order,
  ...pages,
  ...retention,
  ...idempotence,
  ...sealing,
  ...tailing,
  ...keeping,
]

/**
 * Runs one case against a log that was set up for it alone; throws if the log breaks the clause.
 *
 * @example
 * for (const item of logCases) console.log(titleOf(item), (await runLogCase(harness, item)) ?? 'passed')
 */
export async function runLogCase(harness: LogHarness, item: Case<LogWorld>): Promise<Outcome> {
  const setup = await harness.setup()
  try {
    return await item.run({ ...setup, topic: freshTopic('log'), second: setup.other ?? setup.log })
  } finally {
    await setup.close()
  }
}

export type { LogHarness, LogSetup, LogWorld } from './harness.ts'
