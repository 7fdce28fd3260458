import type { SuiteResult, Verdict } from './report.ts'

/** One behaviour that SPEC.md demands. */
export interface Clause {
  readonly id: string
  readonly level: 'MUST' | 'SHOULD'
  readonly text: string
}

const item = /^- \*\*([A-Z]\d+[a-z]?)\*\* (.*(?:\n {2}.*)*)/gm
const tag = /\[([A-Z]\d+[a-z]?)\]/g

/** The clauses of SPEC.md, in its order. */
export function parseClauses(spec: string): Clause[] {
  return [...spec.matchAll(item)].map(([, id = '', body = '']) => {
    const text = (body.replace(/\s+/g, ' ').split(/ [*_]Why:/)[0] ?? '').trim()
    return { id, level: /\bMUST\b/.test(text) ? 'MUST' : 'SHOULD', text }
  })
}

/** The clauses that a test file names in its titles. */
export function clausesNamedIn(source: string): string[] {
  return [...source.matchAll(tag)].map(([, id = '']) => id)
}

/** Which clauses are proven, and by what. */
export interface Coverage {
  readonly clauses: readonly Clause[]
  /** Clause → what proves it: names of cases, and of test files. */
  readonly proofs: ReadonlyMap<string, readonly string[]>
  /** What is wrong: a MUST without a conformance case, a number given twice, a clause that nobody wrote. */
  readonly problems: readonly string[]
}

/** @param cases Clause and name of every conformance case. @param tests Path → text of every test file. */
export function cover(
  clauses: readonly Clause[],
  cases: readonly { readonly clause: string; readonly name: string }[],
  tests: ReadonlyMap<string, string>,
): Coverage {
  const known = new Set(clauses.map(({ id }) => id))
  const proofs = new Map<string, string[]>()
  const problems: string[] = []
  const prove = (id: string, by: string): void => {
    if (!known.has(id)) problems.push(`${by} names ${id}, which SPEC.md does not have`)
    else proofs.set(id, [...(proofs.get(id) ?? []), by])
  }
  for (const { id } of clauses)
    if (clauses.filter((other) => other.id === id).length > 1) problems.push(`${id} is given twice`)
  for (const { clause, name } of cases) prove(clause, name)
  for (const { id, level } of clauses)
    if (level === 'MUST' && !proofs.has(id)) problems.push(`${id} is a MUST that no conformance case proves`)
  for (const [path, text] of tests) for (const id of new Set(clausesNamedIn(text))) prove(id, path)
  return { clauses, proofs, problems: [...new Set(problems)] }
}

/** Suite → clause → the worst that a case of the clause found. */
export type Matrix = Readonly<Record<string, Readonly<Record<string, Verdict>>>>

const worst: readonly Verdict[] = ['failed', 'degraded', 'passed']

export function matrixOf(results: readonly SuiteResult[]): Matrix {
  return Object.fromEntries(
    [...results]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, cases }) => {
        const row: Record<string, Verdict> = {}
        for (const [title, verdict] of Object.entries(cases))
          for (const id of clausesNamedIn(title))
            row[id] = worst.find((one) => one === verdict || one === row[id]) ?? verdict
        return [name, row]
      }),
  )
}

const sign: Readonly<Record<Verdict, string>> = { passed: '✓', degraded: '(✓)', failed: '✗' }

/** A table for a README: a row for each clause, a column for each suite. */
export function tableOf(clauses: readonly Clause[], matrix: Matrix): string {
  const suites = Object.keys(matrix)
  const rows = clauses
    .filter(({ id }) => suites.some((suite) => matrix[suite]?.[id]))
    .map(({ id }) => `| ${id} | ${suites.map((suite) => signOf(matrix[suite]?.[id])).join(' | ')} |`)
  return [`| clause | ${suites.join(' | ')} |`, `| --- |${' --- |'.repeat(suites.length)}`, ...rows].join('\n')
}

const chapters = { D: 'delivery, D1 – D10', E: 'emission, E1 – E6', C: 'connection, C1 – C8' }

/** A row for each suite: how many clauses it proved, how many of them in their degraded form. */
export function summaryOf(matrix: Matrix): string {
  const count = (verdicts: Readonly<Record<string, Verdict>>, chapter: string): string => {
    const found = Object.entries(verdicts).flatMap(([id, verdict]) => (id.startsWith(chapter) ? [verdict] : []))
    const [failed, degraded] = (['failed', 'degraded'] as const).map((kind) => found.filter((v) => v === kind).length)
    if (found.length === 0) return '–'
    return `${found.length} ${failed ? `(${failed} failed)` : '✓'}${degraded ? `, ${degraded} degraded` : ''}`
  }
  return [
    `| clauses proved | ${Object.values(chapters).join(' | ')} |`,
    `| --- |${' --- |'.repeat(Object.keys(chapters).length)}`,
    ...Object.entries(matrix).map(
      ([name, verdicts]) =>
        `| ${[name, ...Object.keys(chapters).map((chapter) => count(verdicts, chapter))].join(' | ')} |`,
    ),
  ].join('\n')
}

function signOf(verdict: Verdict | undefined): string {
  return verdict ? sign[verdict] : ''
}
