// `npm run check`: exactly what continuous integration checks.
import { runSteps } from './run-steps.ts'
import { build, coreTypes, format, nativeTypes, packaging, proofs, rules, sizes, types } from './steps.ts'

process.exitCode = await runSteps([format, rules, types, nativeTypes, coreTypes, build, packaging, sizes, ...proofs])
