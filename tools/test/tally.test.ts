import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../root.ts'
import { tallyOf } from '../tally.ts'

const report = (parts: object) => JSON.stringify({ numPassedTests: 5, numFailedTests: 0, testResults: [], ...parts })
const file = (parts: object) => ({ name: join(root, 'tools/test/a.test.ts'), status: 'failed', message: '', ...parts })

describe('the tally of a test run', () => {
  it('counts tests, and tells those that failed', () => {
    const assertionResults = [
      { status: 'passed', fullName: 'a good one', failureMessages: [] },
      {
        status: 'failed',
        fullName: 'a bad one',
        failureMessages: ['Error: 1 is not 2\n  at a\n  at b\n  at c\n  at d'],
      },
    ]
    expect(tallyOf(report({ numFailedTests: 1, testResults: [file({ assertionResults })] }), 1)).toEqual({
      passed: 5,
      failed: 1,
      failures: ['tools/test/a.test.ts > a bad one\n    Error: 1 is not 2\n      at a\n      at b\n      at c'],
    })
    expect(tallyOf(report({}), 0)).toEqual({ passed: 5, failed: 0, failures: [] })
  })

  it('counts a file that could not be loaded as failed', () => {
    const testResults = [file({ message: 'no such module', assertionResults: [] })]
    expect(tallyOf(report({ testResults }), 1)).toEqual({
      passed: 5,
      failed: 1,
      failures: ['tools/test/a.test.ts > could not be run\n    no such module'],
    })
  })

  it('counts an error outside of any test as failed', () => {
    expect(tallyOf(report({}), 1)).toMatchObject({ passed: 5, failed: 1 })
  })

  it('counts a run without a report as failed', () => {
    expect(tallyOf(undefined, 0)).toEqual({ passed: 0, failed: 1 })
  })
})
