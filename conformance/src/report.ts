import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Case, titleOf } from './suite.ts'

/** `degraded`: the case held, but something that it needs is missing, and only what is left was shown. */
export type Verdict = 'passed' | 'degraded' | 'failed'

/** What one suite found about one adapter or log. */
export interface SuiteResult {
  /** Such as `transport: sse` or `log: memory`. */
  readonly name: string
  readonly cases: Readonly<Record<string, Verdict>>
}

/** Gathers what the cases of one suite found. */
export interface Report {
  /** The last verdict of a case counts. */
  add(item: Pick<Case<never>, 'clause' | 'name'>, verdict: Verdict): void
  /** Writes the result into the folder that `STEADYWIRE_CONFORMANCE_OUT` names, if it names one. */
  write(): Promise<void>
}

/** @param out Default: the folder that `STEADYWIRE_CONFORMANCE_OUT` names; without one nothing is written. */
export function createReport(name: string, out = process.env.STEADYWIRE_CONFORMANCE_OUT): Report {
  const cases: Record<string, Verdict> = {}
  return {
    add(item, verdict) {
      cases[titleOf(item)] = verdict
    },
    async write() {
      if (!out) return
      const result: SuiteResult = { name, cases }
      await mkdir(out, { recursive: true })
      await writeFile(join(out, `${name.replace(/[^\w-]+/g, '-')}.json`), `${JSON.stringify(result, undefined, 2)}\n`)
    },
  }
}

/** A result as it was written. @throws TypeError if it is none */
export function parseSuiteResult(value: unknown): SuiteResult {
  if (typeof value === 'object' && value !== null && 'name' in value && 'cases' in value) {
    const { name, cases } = value
    if (typeof name === 'string' && typeof cases === 'object' && cases !== null)
      return {
        name,
        cases: Object.fromEntries(Object.entries(cases).map(([title, found]) => [title, verdictOf(found)])),
      }
  }
  throw new TypeError('not the result of a suite')
}

function verdictOf(value: unknown): Verdict {
  return value === 'passed' || value === 'degraded' ? value : 'failed'
}
