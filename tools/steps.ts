import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureBalancers } from './balancers.ts'
import { ensureChromium } from './chromium.ts'
import { ensurePostgres } from './postgres.ts'
import { ensureRedis } from './redis.ts'
import { root } from './root.ts'
import { checkRules } from './rules/index.ts'
import { run } from './run.ts'
import { printSizes } from './sizes.ts'
import { type Tally, tallyOf, verdict } from './tally.ts'

export interface Step {
  readonly title: string
  run(args: readonly string[]): Promise<Tally>
}

const program = (title: string, command: string, ...args: string[]): Step => ({
  title,
  run: async () => verdict((await run(command, args)) === 0),
})

export const format = program('format and lint', 'biome', 'check', '--error-on-warnings')
export const types = program('types', 'tsc', '-p', '.')
/** React Native's types take the place of some of Node's and the DOM's, so what uses them is compiled by itself. */
export const nativeTypes = program('types on React Native', 'tsc', '-p', 'packages/react-native')
/** Core is compiled once more without the types of Node and the DOM: what it uses of them would not compile. */
export const coreTypes = program(
  'core knows no Node and no DOM',
  'tsc',
  ...['-p', 'packages/core/tsconfig.build.json', '--outDir', 'node_modules/.cache/core-types'],
)
export const build = program('build', 'turbo', 'run', 'build', '--output-logs=errors-only')
export const packaging = program('publint and attw', 'turbo', 'run', 'lint:package', '--output-logs=errors-only')
export const coverage = program(
  'every clause has a test',
  'node',
  '--conditions=@steadywire/source',
  'conformance/src/coverage.ts',
)

export const chaos = program(
  'chaos for a minute: 500 clients, three servers, one Redis',
  'node',
  ...['--conditions=@steadywire/source', 'bench/src/chaos/main.ts', '--minutes', '1', '--clients', '500'],
)

export const rules: Step = {
  title: 'rules',
  async run() {
    const problems = checkRules(root)
    for (const problem of problems) console.error(`  ${problem.file}: ${problem.message}`)
    return verdict(problems.length === 0)
  },
}

export const chromium: Step = {
  title: 'Chromium for the browser tests',
  run: async () => verdict(ensureChromium()),
}

export const redis: Step = {
  title: 'Redis for the tests of its log',
  run: async () => verdict(ensureRedis()),
}

export const postgres: Step = {
  title: 'PostgreSQL with pgTAP and pg_cron for the tests of the SQL and of its log',
  run: async () => verdict(ensurePostgres()),
}

export const balancers: Step = {
  title: 'nginx and HAProxy for the example of many servers',
  run: async () => verdict(ensureBalancers()),
}

export const sizes: Step = {
  title: 'sizes',
  async run() {
    await printSizes()
    return verdict(true)
  },
}

export const tests: Step = {
  title: 'tests',
  run: (args) =>
    reported((report) =>
      run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile=${report}`, ...args]),
    ),
}

/** React Native comes with a preset for jest alone. */
export const nativeTests: Step = {
  title: 'tests on React Native',
  run: () =>
    reported((report) =>
      run('jest', ['--config=packages/react-native/jest.config.cjs', '--json', `--outputFile=${report}`]),
    ),
}

/** Runs a command that writes a report, and counts its tests. */
async function reported(test: (report: string) => Promise<number>): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'steadywire-tests-'))
  try {
    const report = join(folder, 'report.json')
    const code = await test(report)
    return tallyOf(existsSync(report) ? readFileSync(report, 'utf8') : undefined, code)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What the tests need, and all of them. */
export const proofs: readonly Step[] = [chromium, redis, postgres, balancers, tests, nativeTests, chaos, coverage]
