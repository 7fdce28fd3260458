import { describe, expect, it } from 'vitest'
import { tallyOf } from '../steps.ts'

const report = (parts: object) => JSON.stringify({ numPassedTests: 5, numFailedTests: 0, testResults: [], ...parts })

describe('the tally of a test run', () => {
  it('counts tests', () => {
    expect(tallyOf(report({ numFailedTests: 2 }), 1)).toEqual({ passed: 5, failed: 2 })
    expect(tallyOf(report({}), 0)).toEqual({ passed: 5, failed: 0 })
  })

  it('counts a file that could not be loaded as failed', () => {
    const testResults = [{ status: 'failed', assertionResults: [] }]
    expect(tallyOf(report({ testResults }), 1)).toEqual({ passed: 5, failed: 1 })
  })

  it('counts an error outside of any test as failed', () => {
    expect(tallyOf(report({}), 1)).toEqual({ passed: 5, failed: 1 })
  })

  it('counts a run without a report as failed', () => {
    expect(tallyOf(undefined, 0)).toEqual({ passed: 0, failed: 1 })
  })
})
