import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { summaryOf } from '../../conformance/src/clauses.ts'
import { root } from '../root.ts'

it("the README's table of proofs is what conformance.json says", () => {
  const matrix = JSON.parse(readFileSync(join(root, 'conformance.json'), 'utf8'))
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(summaryOf(matrix))
})
