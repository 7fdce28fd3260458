// `npm run check`: exactly what continuous integration checks.
import { runSteps } from './run-steps.ts'
import { build, chromium, coreTypes, coverage, format, packaging, redis, rules, sizes, tests, types } from './steps.ts'

process.exitCode = await runSteps([
  format,
  rules,
  types,
  coreTypes,
  build,
  packaging,
  sizes,
  chromium,
  redis,
  tests,
  coverage,
])
