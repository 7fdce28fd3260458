import { afterAll, describe, test } from 'vitest'
import { type LogHarness, logCases, runLogCase } from './log/index.ts'
import { createReport } from './report.ts'
import { type Case, type Outcome, titleOf } from './suite.ts'
import { runTransportCase, type TransportHarness, transportCases, unsequencedCases } from './transport/index.ts'

/**
 * Registers the log suite in vitest: the whole test file of a log author.
 *
 * @example
 * testLog({ name: 'memory', setup: async () => ({ log: memoryLog(), close: async () => {} }) })
 */
export function testLog(harness: LogHarness): void {
  register(`log: ${harness.name}`, logCases, (item) => runLogCase(harness, item))
}

/**
 * Registers the transport suite in vitest: the whole test file of an adapter author.
 *
 * @example
 * testTransport({
 *   name: 'sse',
 *   async setup({ gateway }) {
 *     const server = await listen(nodeHandler({ gateway }))
 *     return { port: server.port, transport: ({ port }) => sse({ url: `http://127.0.0.1:${port}` }), close: server.close }
 *   },
 * })
 */
export function testTransport(harness: TransportHarness): void {
  const cases = harness.positions === false ? unsequencedCases : transportCases
  register(`transport: ${harness.name}`, cases, (item) => runTransportCase(harness, item))
}

function register<World>(
  name: string,
  cases: readonly Case<World>[],
  run: (item: Case<World>) => Promise<Outcome>,
): void {
  const report = createReport(name)
  const [first] = cases
  let broken: unknown
  describe(name, () => {
    for (const item of cases)
      test(titleOf(item), async () => {
        report.add(item, 'failed')
        if (broken && first) throw new Error(`nothing can be shown while ${titleOf(first)} fails`, { cause: broken })
        try {
          report.add(item, (await run(item)) ?? 'passed')
        } catch (error) {
          if (item === first) broken = error
          throw error
        }
      })
    afterAll(() => report.write())
  })
}
