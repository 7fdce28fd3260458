import { expect, test } from 'vitest'
import { cover, matrixOf, parseClauses, tableOf } from '../src/clauses.ts'

const spec = `
## Delivery

- **D1** Every event MUST come,
  also the last one. *Why:* they count.
- **D1a** It SHOULD come soon. _Why:_ a MUST in a reason is none.
- **D2** It MUST NOT come twice. *Why:* no.
`
const clauses = parseClauses(spec)

test('clauses are read from the list items of the spec, without their reasons', () => {
  expect(clauses).toEqual([
    { id: 'D1', level: 'MUST', text: 'Every event MUST come, also the last one.' },
    { id: 'D1a', level: 'SHOULD', text: 'It SHOULD come soon.' },
    { id: 'D2', level: 'MUST', text: 'It MUST NOT come twice.' },
  ])
})

test('a MUST without a case is a problem, whatever the test files name', () => {
  const tests = new Map([['a.test.ts', `test('[D${2}] once')`]])
  const { problems, proofs } = cover(clauses, [{ clause: 'D1', name: 'all' }], tests)
  expect(problems).toEqual(['D2 is a MUST that no conformance case proves'])
  expect(proofs.get('D2')).toEqual(['a.test.ts'])
})

test('a clause that the spec does not have is a problem, in a case and in a title', () => {
  const cases = ['D1', 'D2', 'D7'].map((clause) => ({ clause, name: `of ${clause}` }))
  const tests = new Map([['a.test.ts', `test('[E${9}] never')`]])
  expect(cover(clauses, cases, tests).problems).toEqual([
    'of D7 names D7, which SPEC.md does not have',
    'a.test.ts names E9, which SPEC.md does not have',
  ])
})

test('a number that is given twice is a problem', () => {
  const twice = parseClauses(`${spec}- **D1** It MUST be something else.\n`)
  const cases = ['D1', 'D2'].map((clause) => ({ clause, name: clause }))
  expect(cover(twice, cases, new Map()).problems).toEqual(['D1 is given twice'])
})

test('a clause is as good as its worst case, and the table says so', () => {
  const matrix = matrixOf([
    { name: 'b', cases: { '[D1] one': 'passed', '[D1] two': 'degraded', '[D2] three': 'passed' } },
    { name: 'a', cases: { '[D1] one': 'passed', '[D1] two': 'failed' } },
  ])
  expect(matrix).toEqual({ a: { D1: 'failed' }, b: { D1: 'degraded', D2: 'passed' } })
  expect(tableOf(clauses, matrix)).toBe(
    ['| clause | a | b |', '| --- | --- | --- |', '| D1 | ✗ | (✓) |', '| D2 |  | ✓ |'].join('\n'),
  )
})
