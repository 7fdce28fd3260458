// Checks that every MUST of SPEC.md is proven, and that nothing names a clause that is not there. With `--run` it runs the
// suites of all adapters and logs first, writes conformance.json, and prints the table of what each of them passed.
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cover, matrixOf, parseClauses, tableOf } from './clauses.ts'
import { logCases } from './log/index.ts'
import { parseSuiteResult } from './report.ts'
import { transportCases, unsequencedCases } from './transport/index.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const testFiles = ['{packages,adapters,examples}/*/test/**/*.test.ts', '{conformance,bench,tools}/test/**/*.test.ts']

const tests = new Map(
  globSync(testFiles, { cwd: root, exclude: ['**/node_modules/**'] }).map((path) => [
    path,
    readFileSync(join(root, path), 'utf8'),
  ]),
)
const cases = [...logCases, ...transportCases, ...unsequencedCases]
const { clauses, proofs, problems } = cover(parseClauses(readFileSync(join(root, 'SPEC.md'), 'utf8')), cases, tests)

if (process.argv.includes('--run')) {
  const out = mkdtempSync(join(tmpdir(), 'steadywire-conformance-'))
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const env = { ...process.env, STEADYWIRE_CONFORMANCE_OUT: out }
  spawnSync(process.execPath, [vitest, 'run', 'conformance.test', 'conformance/test/memory-log'], {
    cwd: root,
    env,
    stdio: 'inherit',
  })
  const results = readdirSync(out).map((name) => parseSuiteResult(JSON.parse(readFileSync(join(out, name), 'utf8'))))
  rmSync(out, { recursive: true })
  const matrix = matrixOf(results)
  writeFileSync(join(root, 'conformance.json'), `${JSON.stringify(matrix, undefined, 2)}\n`)
  console.log(`\n${tableOf(clauses, matrix)}\n`)
}

for (const problem of problems) console.error(`  ${problem}`)
console.log(
  `${clauses.length} clauses, ${proofs.size} of them proven, by ${cases.length} conformance cases and ${tests.size} test files`,
)
process.exitCode = problems.length > 0 ? 1 : 0
