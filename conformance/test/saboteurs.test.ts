import { describe, expect, test } from 'vitest'
import { type Case, logCases, type Outcome, runLogCase, runTransportCase, transportCases } from '../src/index.ts'
import { healthyLog, healthyTransport } from '../src/saboteurs/healthy.ts'
import { logSaboteurs } from '../src/saboteurs/logs.ts'
import type { Saboteur } from '../src/saboteurs/saboteur.ts'
import { transportSaboteurs } from '../src/saboteurs/transports.ts'

describe.concurrent('a log that', () => {
  for (const saboteur of logSaboteurs)
    test(titleOf(saboteur), () => isRejected(saboteur, logCases, runLogCase, healthyLog))
})

describe.concurrent('a transport that', () => {
  for (const saboteur of transportSaboteurs)
    test(titleOf(saboteur), () => isRejected(saboteur, transportCases, runTransportCase, healthyTransport))
})

/** A case of one of its clauses fails with the saboteur, and holds with what the saboteur was made from. */
async function isRejected<World, Harness>(
  { clauses, harness }: Saboteur<Harness>,
  cases: readonly Case<World>[],
  run: (harness: Harness, item: Case<World>) => Promise<Outcome>,
  healthy: Harness,
): Promise<void> {
  for (const item of cases.filter(({ clause }) => clauses.includes(clause))) {
    const failed = await run(harness, item).then(
      () => false,
      () => true,
    )
    if (failed) return void (await run(healthy, item))
  }
  expect.unreachable(`no case of ${clauses.join(' or ')} noticed it`)
}

function titleOf({ name, clauses }: Saboteur<unknown>): string {
  return `${name} is rejected by ${clauses.join(' or ')}`
}
