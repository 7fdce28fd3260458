import { relative } from 'node:path'
import { z } from 'zod'
import { root } from './root.ts'

/** What one step found. A step without tests of its own counts as one. */
export interface Tally {
  readonly passed: number
  readonly failed: number
  /** What failed: file, name, and the first lines of what it said. */
  readonly failures?: readonly string[]
}

export const verdict = (ok: boolean): Tally => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1 })

const LINES_OF_A_FAILURE = 4

/** The part of jest's JSON report that is read; vitest writes the same. */
const report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(
        z.object({
          status: z.string(),
          fullName: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
})

/** Counts what vitest or jest reported: a file that could not even be loaded, or an error outside any test, counts as one failed. */
export function tallyOf(text: string | undefined, exitCode: number): Tally {
  if (text === undefined) return verdict(false)
  const { numPassedTests: passed, numFailedTests, testResults } = report.parse(JSON.parse(text))
  const broken = testResults.filter(({ status, assertionResults }) => status === 'failed' && !assertionResults.length)
  const failed = numFailedTests + broken.length
  const failures = testResults.flatMap((file) =>
    broken.includes(file)
      ? [failure(file.name, 'could not be run', file.message)]
      : file.assertionResults
          .filter(({ status }) => status === 'failed')
          .map((test) => failure(file.name, test.fullName, test.failureMessages?.join('\n') ?? '')),
  )
  return { passed, failed: failed === 0 && exitCode !== 0 ? 1 : failed, failures }
}

function failure(file: string, name: string, message: string): string {
  const said = message.split('\n').slice(0, LINES_OF_A_FAILURE)
  return [`${relative(root, file)} > ${name}`, ...said.map((line) => `    ${line}`)].join('\n')
}
